"""The hub in a browser: pages over the same answers as commands, each with its JSON; needs the extra corpushub[web]."""

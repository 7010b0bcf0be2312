"""From a parsed page to its text: what is shown, which of it is the page's content, and how that is written down."""

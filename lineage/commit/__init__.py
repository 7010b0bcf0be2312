"""From finished files to a version: the release that is noted, published, and cleaned up behind."""

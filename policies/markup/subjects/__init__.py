"""Of what types and sentences speak: the page, the site, a part, or the work of others."""

"""What files and texts carry within them about their use: C2PA manifests, and the metadata of EPUB and PDF."""

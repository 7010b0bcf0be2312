"""The annotate stage: captures in; documents with ids, text, signals and signatures out."""

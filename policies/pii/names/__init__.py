"""Names of persons and places in English text: a small conditional random field that needs no network.

What the model is, what it was trained on and under which licences is in MODEL_CARD.md beside this file.
"""

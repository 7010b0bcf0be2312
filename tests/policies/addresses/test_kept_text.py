"""Texts of recipes and policies as they are kept."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.addresses.kept_text import kept_text


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ('paths = ["s3://me:pass@bucket/a.gz"]', 'paths = ["s3://bucket/a.gz"]'),
        ('paths = ["https://h.example/a?token=abc&n=1"]', 'paths = ["https://h.example/a?token=<SECRET>&n=1"]'),
        ('paths = ["/home/ann/data/*.gz", "/Users/bob/x"]', 'paths = ["/home/<USER>/data/*.gz", "/Users/<USER>/x"]'),
        ('key_file = "~ann/key"', 'key_file = "~<USER>/key"'),
        ("paths = ['C:\\Users\\ann\\x']", "paths = ['C:\\Users\\<USER>\\x']"),
        ("# by ann.lee@example.org, +44 20 7946 0958", "# by <EMAIL>, <PHONE>"),
        ('options = { password = "a b\\"c", table = "t" }', 'options = { password = "<SECRET>", table = "t" }'),
        ("# see https://ann:secret@h.example/x for more", "# see https://h.example/x for more"),
        ('agents = ["ann%40example.org"]', 'agents = ["<EMAIL>"]'),
    ],
)
def test_personal_data_and_secrets_go(text: str, kept: str) -> None:
    """Whatever stands in strings and comments; the rest stays letter for letter, and it is still TOML."""
    assert kept_text(text) == kept
    assert kept_text(kept) == kept
    tomllib.loads(kept)


def test_what_a_recipe_is_made_of_stays() -> None:
    """Settings, patterns, digests, tables and numbers are no personal data."""
    text = (
        '[dataset]\nname = "d"\n[[source]]\nname = "a"\npaths = ["data/**/*.jsonl.gz", "~/x", "https://h.example/a"]\n'
        f'sha256 = {{ "a.gz" = "{"0a" * 32}" }}\n[dedup]\nthreshold = 0.8\ntokens = 13\nfields = {{ id = "id" }}\n'
        'key_file = "key"\n[[step]]\nuse = "gopher_quality" # Rae et al. 2021\nmin_words = 50\n'
    )

    assert kept_text(text) == text


@given(st.text(alphabet="ab@/:\\~.=?&+0123456789 \"'<>#", max_size=60))
def test_twice_is_once(text: str) -> None:
    """What was taken out is not taken out again."""
    assert kept_text(kept_text(text)) == kept_text(text)

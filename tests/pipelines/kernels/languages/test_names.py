import pytest

from pipelines.kernels.languages.model import shipped_model
from pipelines.kernels.languages.names import LANGUAGES, meant_by


def test_every_language_of_the_model_has_a_name() -> None:
    """The codes are those that documents are identified as, no more and no less."""
    assert set(LANGUAGES) == set(shipped_model().labels)


@pytest.mark.parametrize(
    ("word", "code"),
    [
        ("english", "en"),
        ("English", "en"),
        ("eng", "en"),
        ("en-US", "en"),
        ("EN_gb", "en"),
        ("deutsch", "de"),
        ("zh-Hans", "zh"),
        ("jp", "ja"),
        ("portugese", "pt"),
        ("qqqqqq", None),
    ],
)
def test_what_is_meant_is_found(word: str, code: str | None) -> None:
    """Names, three letters, regions and scripts, capitals and slips of the pen."""
    assert meant_by(word) == code

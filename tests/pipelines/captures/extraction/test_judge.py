import pytest

from pipelines.captures.extract import html_text

SAYS = [
    "The harbour was quiet that morning, and nobody on the quay had seen the ship come in before the fog lifted.",
    "Her captain, who had sailed these waters for thirty years, said that he had never met with such a calm.",
    "By noon the news had reached the town, where the merchants closed their shops and came down to the water.",
]
PROSE = "".join(f"<p>{one}</p>" for one in SAYS)
TEXT = "\n\n".join(SAYS)
LINKS = "".join(f"<li><a href=/{i}>Another story about the sea, number {i}</a></li>" for i in range(6))


def content(html: str) -> str:
    """Return the main content of *html*."""
    return html_text(html.encode(), "main")


@pytest.mark.parametrize(
    "around",
    [
        "<article>{}</article>",
        "<main>{}</main>",
        "<div itemprop=articleBody>{}</div>",
        "<div class=entry-content>{}</div>",
        "<div id=post-17><div class=x>{}</div></div>",
        "<table><tr><td>{}</td></tr></table>",
        "<form><div class=page><div>{}</div></div></form>",
        "<div class='has-sidebar no-comments'>{}</div>",
        "{}",
    ],
)
def test_the_text_is_found_whatever_holds_it(around: str) -> None:
    """By its names or by its prose, and nothing of what stands around it."""
    header = f"<header class=site-header><nav><ul>{LINKS}</ul></nav></header>"
    footer = f"<footer><p>Imprint of the harbour gazette, all stories by our own people.</p><ul>{LINKS}</ul></footer>"
    assert content(f"<body>{header}{around.format(PROSE)}{footer}") == TEXT


@pytest.mark.parametrize(
    "beside",
    [
        f"<nav>{LINKS}</nav>",
        "<div class=share-buttons><span>Share this</span> <a href=x>Mail</a></div>",
        "<div id=cookieConsent><p>We use cookies so that this page knows you. Is that well?</p></div>",
        "<section class=newsletter-signup><p>Get all stories of the week by mail, each Friday at noon.</p></section>",
        f"<div class=related><h3>Related</h3><ul>{LINKS}</ul></div>",
        "<div class=author-bio><p>Anna has written about harbours and ships for more than twenty years.</p></div>",
        "<ul class=tag-list><li><a href=x>sea</a><li><a href=y>ships</a></ul>",
        "<div id=comments><p>I was there, and I can say that it was not quiet at all. Far from it, really!</p></div>",
        "<p><a href=/next>Read also: the ship that never came back to its harbour</a></p>",
        "<h2>More stories</h2>" + f"<ul>{LINKS}</ul>",
        "<div class=wp-sidebar><p>The weather in the harbour is fine, and will stay so until Sunday.</p></div>",
    ],
)
def test_what_stands_beside_the_text_is_left_out(beside: str) -> None:
    """In front of the text, inside of its element, and behind it."""
    assert content(f"<article>{PROSE}{beside}</article>") == TEXT
    assert content(f"<div>{beside}</div><article>{PROSE}</article>") == TEXT


@pytest.mark.parametrize(
    ("part", "text"),
    [
        ("<h2>At noon</h2>", "At noon"),
        ("<blockquote><p>It was calm, he said.</p></blockquote>", "It was calm, he said."),
        ("<ul><li>One anchor<li>Two sails</ul>", "• One anchor\n• Two sails"),
        ("<table><tr><th>Ship<td>Anna</table>", "Ship\tAnna"),
        ("<pre><code>let ship = 1</code></pre>", "let ship = 1"),
        ("<p>See <a href=x>the log of the ship</a> and <a href=y>its crew</a> for what is known of it.</p>", None),
        ("<figure><img><figcaption>The quay</figcaption></figure>", "The quay"),
        ("<p>Short one.</p>", "Short one."),
        ("<dl><dt>Anna<dd>a ship</dl>", "Anna\na ship"),
    ],
)
def test_all_parts_of_a_text_are_kept(part: str, text: str | None) -> None:
    """Headings, quotations, lists, tables, code, captions and short paragraphs."""
    wanted = text or "See the log of the ship and its crew for what is known of it."
    assert content(f"<article>{PROSE}{part}{PROSE}</article>") == f"{TEXT}\n\n{wanted}\n\n{TEXT}"


@pytest.mark.parametrize(
    ("part", "text"),
    [
        ("<menu><li>Weigh<li>Sail</menu>", "• Weigh\n• Sail"),
        ("<math display=block><mi>v</mi><mo>=</mo><mi>s</mi></math>", "v=s"),
        ("<div class=eq>v = s / t</div>", "v = s / t"),
        ("<div class='equation-row'><span>a + b</span></div>", "a + b"),
        ("<div class=code>sail = 1</div>", "sail = 1"),
        ("<div class=highlight><div>sail = 1</div><div>end</div></div>", "sail = 1\nend"),
        ("<center>v = s / t</center>", "v = s / t"),
        ("<h3>A</h3>See the <a href=x>log</a> too", "A\n\nSee the log too"),
        ("<div class=poem>O ship<br>O sea</div>", "O ship\nO sea"),
        ("<h2>At noon</h2>It works <b>well</b>", "At noon\n\nIt works well"),
        ("<p>one<br>two<div>three</div>four <span>five</span> six</p>", "one\ntwo\n\nthree\nfour five six"),
    ],
)
@pytest.mark.parametrize("around", ["<article>{}</article>", "<body><div id=c>{}</div>", "<body>{}"])
def test_what_is_no_prose_is_kept_among_paragraphs(part: str, text: str, around: str) -> None:
    """Menus, formulas, code, verse, and text that stands by itself."""
    assert content(around.format(PROSE + part + PROSE)) == f"{TEXT}\n\n{text}\n\n{TEXT}"


@pytest.mark.parametrize(
    "inset",
    ["<div>Advertisement</div>", "<div class=x>Join us</div>", "Newsletter", "<menu><li><a href=x>A</a></menu>"],
)
def test_insets_are_left_out_among_paragraphs(inset: str) -> None:
    """Small elements with a name, announcements of what stands beside, and menus of links."""
    assert content(f"<article>{PROSE}{inset}{PROSE}</article>") == f"{TEXT}\n\n{TEXT}"


@pytest.mark.parametrize(
    ("last", "text"),
    [
        ("<h2>Conclusion</h2><p>It works well</p>", "Conclusion\n\nIt works well"),
        ("<h3>Fin</h3><p>It works</p><p>Very well</p>", "Fin\n\nIt works\n\nVery well"),
        ("<h2>Conclusion</h2>It works well", "Conclusion\n\nIt works well"),
        ("<h2>Share</h2><p>Everywhere</p>", None),
        ("<h2>More</h2><p><a href=x>Another ship</a></p>", None),
        ("<p>Anna B.</p><h2>Nothing</h2>", "Anna B."),
    ],
)
def test_what_is_said_below_a_last_heading_is_kept(last: str, text: str | None) -> None:
    """It needs no full stop; headings of nothing and calls go."""
    assert content(f"<article>{PROSE}{last}</article>") == (f"{TEXT}\n\n{text}" if text else TEXT)


@pytest.mark.parametrize(
    "posts",
    [
        "<div class=posts><div class=post>{}</div><div class=post>{}</div></div>",
        "<div class=comments><div class=comment><p>{}</p></div><div class=comment><p>{}</p></div></div>",
        "<article><p>{}</p></article><article><p>{}</p></article>",
        "<ul><li class=message>{}<li class=message>{}</ul>",
    ],
)
def test_the_title_of_a_discussion_is_kept(posts: str) -> None:
    """It is what the posts speak of."""
    found = content(f"<body><nav>{LINKS}</nav><h1>How to moor</h1>{posts.format(SAYS[0], SAYS[1])}")
    assert found.startswith("How to moor\n")
    assert SAYS[0] in found
    assert SAYS[1] in found


@pytest.mark.parametrize(
    "lead",
    [
        "<p class=standfirst>{}</p>",
        "<p class=teaser>{}</p>",
        "<h2 class=subheadline>{}</h2>",
        "<div class=intro><p>{}</p></div>",
    ],
)
def test_the_lead_belongs_to_the_text(lead: str) -> None:
    """It stands between the title and the text, in another element."""
    says = "A ship came in from the fog, and a whole town went down to the quay to see what was in her hold."
    page = f"<header><h1>Ship</h1>{lead.format(says)}</header><div class=article-body>{PROSE}</div>"
    assert content(f"<body><div>{page}</div>") == f"{says}\n\n{TEXT}"


@pytest.mark.parametrize("name", ["comment", "reply", "post", "message"])
def test_a_discussion_is_the_content_of_its_page(name: str) -> None:
    """Where there is nothing but remarks, they are the page."""
    posts = "".join(f"<div class={name}><p>{one}</p></div>" for one in SAYS)
    found = content(f"<body><nav>{LINKS}</nav><div class={name}s>{posts}</div>")
    assert all(one in found for one in SAYS)
    assert "Another story" not in found


@pytest.mark.parametrize("tag", ["article", "div", "li", "section"])
def test_a_page_of_several_articles_has_them_all(tag: str) -> None:
    """Whole posts one below another are no teasers."""
    posts = "".join(
        f"<{tag} class=entry><h2><a href=x>{i}. ship</a></h2><p>{one}</p></{tag}>" for i, one in enumerate(SAYS)
    )
    found = content(f"<body><nav>{LINKS}</nav><div>{posts}</div>")
    assert all(one in found for one in SAYS)


@pytest.mark.parametrize(
    "prose",
    [
        "港は静かだった。霧が晴れる前に船が入ってくるのを誰も見ていなかった。船長はこの海を三十年も走ってきた。",
        "港口那天早晨十分安静，雾散之前没有人看见那艘船进港。船长在这片海上航行了三十年，说从未见过这样的平静。",
        "เช้าวันนั้นท่าเรือเงียบสงบและไม่มีใครบนท่าเห็นเรือเข้ามาก่อนที่หมอกจะจางหายไป" + "กัปตันไม่เคยเห็น",
        "그날 아침 항구는 조용했고, 배가 들어오는 것을 본 사람은 아무도 없었다. 선장은 삼십 년을 항해했다.",
        "كان الميناء هادئا في ذلك الصباح، ولم ير أحد على الرصيف السفينة وهي تدخل قبل أن ينقشع الضباب. هل رآها أحد؟",
    ],
)
def test_scripts_without_blanks_or_full_stops_are_prose(prose: str) -> None:
    """Letters count, not words."""
    page = f"<body><nav><ul>{LINKS}</ul></nav><div><p>{prose}</p><p>{prose}</p></div><div class=footer>{prose}</div>"
    assert content(page) == f"{prose}\n\n{prose}"


@pytest.mark.parametrize(
    "html",
    [
        "<p>Hi",
        "<nav><a href=x>Only a menu</a></nav>",
        "<div class=sidebar>Nothing else here</div>",
        "<div class=comments><p>One remark</p></div>",
        "<footer>Some words.</footer>",
        "<h1>A title</h1>",
        "<ul class=menu><li><a href=x>One</a><li><a href=y>Two</a></ul>",
        "<table class=related><tr><td><a href=x>x</a></table>",
    ],
)
def test_a_page_that_shows_text_is_never_empty(html: str) -> None:
    """However little it is, and whatever it is called."""
    assert content(html)


def test_headings_go_with_what_they_head() -> None:
    """A heading of a list of links is left out, and the heading of its section stays."""
    page = f"<article><h1>Ship</h1>{PROSE}<h2>At noon</h2>{PROSE}<h2>Links</h2><ul>{LINKS}</ul><h2>Night</h2>{PROSE}"
    assert content(page) == f"Ship\n\n{TEXT}\n\nAt noon\n\n{TEXT}\n\nNight\n\n{TEXT}"

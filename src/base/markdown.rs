//! Markdown that people write (CommonMark), as cleaned HTML and as plain text.
//!
//! Of HTML that stands in it nothing is left but the words between its tags, and of scripts and styles not even these; of
//! pictures only what is said instead of them: whoever opens a letter should not load anything from elsewhere by that. Links
//! lead to the web, to an address, or to a page of the service, which is written `/catalogue`; where the reader can't sign
//! in, those of the service are only their words.

use std::collections::{HashMap, HashSet};

use ammonia::{Builder, UrlRelative};
use pulldown_cmark::{CowStr, Event, HeadingLevel, LinkType, Options, Parser, Tag, TagEnd, html};

/// The tags that are left.
const TAGS: &[&str] = &[
    "a",
    "blockquote",
    "br",
    "code",
    "del",
    "em",
    "h2",
    "h3",
    "h4",
    "hr",
    "li",
    "ol",
    "p",
    "pre",
    "strong",
    "table",
    "tbody",
    "td",
    "th",
    "thead",
    "tr",
    "ul",
];

/// Elements whose words are for no reader.
const UNSAID: &[&str] = &["script", "style"];

/// Where links may lead.
const SCHEMES: &[&str] = &["http", "https", "mailto"];

/// As HTML, for the inside of a page or a letter: its headings begin with the second. `site` stands before the pages of the
/// service; where it is none, they are not led to.
pub fn html(markdown: &str, site: Option<&str>) -> String {
    let mut written = String::with_capacity(markdown.len() * 3 / 2);
    html::push_html(&mut written, events(markdown, site).into_iter());
    // Nothing that would have to be cleaned is left by now: this holds should the above ever let something through.
    let mut cleaner = Builder::empty();
    cleaner
        .tags(TAGS.iter().copied().collect())
        .tag_attributes(HashMap::from([("a", HashSet::from(["href"])), ("ol", HashSet::from(["start"]))]))
        .url_schemes(SCHEMES.iter().copied().collect())
        .url_relative(UrlRelative::PassThrough)
        .clean_content_tags(UNSAID.iter().copied().collect());
    cleaner.clean(&written).to_string()
}

/// Prose in which people use Markdown's signs, or none, for the inside of a page: what looks like a tag stands there as it was
/// typed, and so do the ends of lines where the stylesheet keeps them.
pub fn of_prose(prose: &str) -> String {
    html(&prose.replace('<', "\\<"), Some(""))
}

/// As plain text, with the addresses of links behind their words.
pub fn text(markdown: &str, site: Option<&str>) -> String {
    let mut written = Plain::default();
    events(markdown, site).into_iter().for_each(|event| written.take(event));
    written.text.trim().to_owned()
}

/// Words that stand in Markdown as they are.
pub fn escaped(words: &str) -> String {
    let mut text = String::with_capacity(words.len() + 8);
    for letter in words.chars() {
        if r"\`*_[]<>#&|~!".contains(letter) {
            text.push('\\');
        }
        text.push(letter);
    }
    text
}

/// What is written, without what must not be.
fn events<'a>(markdown: &'a str, site: Option<&str>) -> Vec<Event<'a>> {
    // Whether each of the links that are open is kept.
    let mut kept: Vec<bool> = Vec::new();
    // The element that is open whose words are for no reader, and whether it began within a line.
    let mut unsaid: Option<(&'static str, bool)> = None;
    let pass = |event| match event {
        Event::Html(tags) => {
            unsaid = still_unsaid(&tags, unsaid, false);
            None
        }
        Event::InlineHtml(tags) => {
            unsaid = still_unsaid(&tags, unsaid, true);
            None
        }
        Event::Text(_) | Event::Code(_) | Event::SoftBreak | Event::HardBreak if unsaid.is_some() => None,
        Event::Start(Tag::HtmlBlock) | Event::End(TagEnd::HtmlBlock) => None,
        Event::Start(Tag::Image { .. }) | Event::End(TagEnd::Image) => None,
        Event::Start(Tag::Link { link_type, dest_url, .. }) => {
            let address = address(link_type, &dest_url, site);
            kept.push(address.is_some());
            address.map(|address| {
                let (dest_url, none) = (CowStr::from(address), CowStr::Borrowed(""));
                Event::Start(Tag::Link { link_type: LinkType::Inline, dest_url, title: none.clone(), id: none })
            })
        }
        Event::End(TagEnd::Link) => kept.pop().unwrap_or(false).then_some(Event::End(TagEnd::Link)),
        Event::Start(Tag::Heading { level, .. }) => {
            let (level, classes, attrs) = (lowered(level), Vec::new(), Vec::new());
            Some(Event::Start(Tag::Heading { level, id: None, classes, attrs }))
        }
        Event::End(end @ (TagEnd::Paragraph | TagEnd::Heading(_) | TagEnd::Item | TagEnd::TableCell)) => {
            // What begins within a block ends with it at the latest.
            unsaid = unsaid.filter(|(_, within)| !within);
            let end = if let TagEnd::Heading(level) = end { TagEnd::Heading(lowered(level)) } else { end };
            Some(Event::End(end))
        }
        other => Some(other),
    };
    let options = Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TABLES;
    Parser::new_ext(markdown, options).filter_map(pass).collect()
}

/// The element that is open after these tags whose words are for no reader, where one was open before them or not.
fn still_unsaid(tags: &str, open: Option<(&'static str, bool)>, within: bool) -> Option<(&'static str, bool)> {
    let tags = tags.to_ascii_lowercase();
    if let Some((name, _)) = open {
        return open.filter(|_| !tags.contains(&format!("</{name}")));
    }
    let begun = UNSAID.iter().filter_map(|name| Some((tags.rfind(&format!("<{name}"))?, *name))).max();
    let (at, name) = begun?;
    let ended = tags.get(at..).is_some_and(|rest| rest.contains(&format!("</{name}")));
    (!ended).then_some((name, within))
}

/// Where a link leads, if it may lead there.
fn address(of: LinkType, written: &str, site: Option<&str>) -> Option<String> {
    if of == LinkType::Email {
        return Some(format!("mailto:{}", written.trim_start_matches("mailto:")));
    }
    if written.starts_with('/') {
        // What begins with two slashes, or with one that a browser takes for the second, is another site.
        let own = !written.get(1..).is_some_and(|rest| rest.starts_with(['/', '\\']));
        return site.filter(|_| own).map(|site| format!("{site}{written}"));
    }
    let (scheme, _) = written.split_once(':')?;
    SCHEMES.contains(&scheme.to_ascii_lowercase().as_str()).then(|| written.to_owned())
}

/// A heading within a page, whose title is the first.
fn lowered(level: HeadingLevel) -> HeadingLevel {
    match level {
        HeadingLevel::H1 | HeadingLevel::H2 => HeadingLevel::H2,
        HeadingLevel::H3 => HeadingLevel::H3,
        HeadingLevel::H4 | HeadingLevel::H5 | HeadingLevel::H6 => HeadingLevel::H4,
    }
}

/// Plain text that is being written.
#[derive(Default)]
struct Plain {
    text: String,
    /// The lists that are open, each with its next number where it counts.
    lists: Vec<Option<u64>>,
    /// Where the link that is open leads, and where its words begin.
    link: Option<(String, usize)>,
    /// Whether a list or an item has just begun, and nothing is said in it yet.
    begun: bool,
    /// How many cells of the row of a table have begun.
    cells: usize,
}

impl Plain {
    fn take(&mut self, event: Event<'_>) {
        match event {
            Event::Start(Tag::Paragraph | Tag::Heading { .. } | Tag::BlockQuote(_) | Tag::CodeBlock(_)) => self.block(),
            Event::Start(Tag::List(from)) => {
                if self.lists.is_empty() {
                    self.block();
                    self.begun = true;
                }
                self.lists.push(from);
            }
            Event::End(TagEnd::List(_)) => drop(self.lists.pop()),
            Event::Start(Tag::Item) => self.item(),
            Event::Start(Tag::TableHead) => {
                self.block();
                self.cells = 0;
            }
            Event::Start(Tag::TableRow) => {
                self.line();
                self.cells = 0;
            }
            Event::Start(Tag::TableCell) => {
                if self.cells > 0 {
                    self.say(" | ");
                }
                self.cells += 1;
            }
            Event::Start(Tag::Link { dest_url, .. }) => self.link = Some((dest_url.to_string(), self.text.len())),
            Event::End(TagEnd::Link) => self.end_link(),
            Event::Text(words) | Event::Code(words) => self.say(&words),
            Event::SoftBreak | Event::HardBreak => self.line(),
            Event::Rule => {
                self.block();
                self.say("----");
            }
            _ => {}
        }
    }

    fn say(&mut self, words: &str) {
        self.text.push_str(words);
        self.begun = false;
    }

    /// Begins a block with an empty line before it; the first of an item stands behind its mark.
    fn block(&mut self) {
        if !self.begun && !self.text.is_empty() {
            self.text.truncate(self.text.trim_end().len());
            self.text.push('\n');
            self.line();
        }
    }

    fn line(&mut self) {
        self.text.push('\n');
        self.text.push_str(&"  ".repeat(self.lists.len()));
    }

    fn item(&mut self) {
        let within = self.lists.len().saturating_sub(1);
        // The first of a list stands where that begins.
        if !self.begun {
            self.text.truncate(self.text.trim_end().len());
            self.text.push('\n');
            self.text.push_str(&"  ".repeat(within));
        }
        match self.lists.last_mut() {
            Some(Some(number)) => {
                self.text.push_str(&format!("{number}. "));
                *number += 1;
            }
            _ => self.text.push_str("- "),
        }
        self.begun = true;
    }

    fn end_link(&mut self) {
        let Some((address, from)) = self.link.take() else { return };
        let words = self.text.get(from..).unwrap_or_default();
        if words != address && format!("mailto:{words}") != address {
            self.text.push_str(&format!(" ({address})"));
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SITE: Option<&str> = Some("https://hub.example");

    #[test]
    fn prose_keeps_what_is_no_markdown() {
        let shown = of_prose("For *all*:\n- Year 7\n- **Year 8**\n\n5 < 6 & <b>more</b> <script>");
        assert_eq!(
            shown,
            "<p>For <em>all</em>:</p>\n<ul>\n<li>Year 7</li>\n<li><strong>Year 8</strong></li>\n</ul>\n\
             <p>5 &lt; 6 &amp; &lt;b&gt;more&lt;/b&gt; &lt;script&gt;</p>\n"
        );
        let led = of_prose("[b](/catalogue) [c](javascript:alert(1))");
        assert!(led.contains("href=\"/catalogue\"") && led.ends_with("b</a> c</p>\n"), "{led}");
    }

    #[test]
    fn it_is_written_as_html() {
        let markdown =
            "# News\n\nCome *all*, ~~some~~, **now**:\n\n- [ITP](/events/1)\n- [Site](https://a.example/?b=c&d)\n";
        let written = html(markdown, SITE);
        for wanted in [
            "<h2>News</h2>",
            "<em>all</em>",
            "<del>some</del>",
            "<strong>now</strong>",
            "href=\"https://hub.example/events/1\"",
            "href=\"https://a.example/?b=c&amp;d\"",
        ] {
            assert!(written.contains(wanted), "{wanted}: {written}");
        }
        assert!(html(markdown, Some("")).contains("href=\"/events/1\""));
        let outside = html(markdown, None);
        assert!(outside.contains("<li>ITP</li>") && !outside.contains("/events"), "{outside}");
    }

    #[test]
    fn it_is_written_as_text() {
        let markdown =
            "# News\n\nCome *all*,\nsome.\n\n- [ITP](/events/1)\n- <https://a.example/>\n\n3. three\n4. four\n\nEnd.";
        let said = "News\n\nCome all,\nsome.\n\n- ITP (https://hub.example/events/1)\n- https://a.example/\n3. three\n4. four\n\nEnd.";
        assert_eq!(text(markdown, SITE).replace("\n\n3.", "\n3."), said);
        assert_eq!(text("[ITP](/events/1)", None), "ITP");
        assert_eq!(text("- a\n  - b\n  - c\n- d", None), "- a\n  - b\n  - c\n- d");
        assert_eq!(text("- a\n\n  b\n\n- c", None), "- a\n\n  b\n- c");
    }

    #[test]
    fn tables_are_read() {
        let markdown = "See:\n\n| Event | Places |\n|---|---:|\n| ITP | 4 |\n| *Maths* | none |\n\nEnd.";
        let written = html(markdown, SITE);
        for wanted in ["<thead><tr><th>Event</th>", "<td>4</td>", "<td><em>Maths</em></td>", "</table>"] {
            assert!(written.contains(wanted), "{wanted}: {written}");
        }
        assert_eq!(text(markdown, SITE), "See:\n\nEvent | Places\nITP | 4\nMaths | none\n\nEnd.");
    }

    #[test]
    fn of_scripts_and_styles_nothing_is_said() {
        for markdown in [
            "Hi <script>alert(1)</script> there",
            "Hi <STYLE media=\"x\">body{display:none}</STYLE> there",
            "Hi <script>alert(1) there",
            "<div><style>\n\nbody{display:none}\n\n</style></div>\n\nHi",
            "<script>\nalert(1)\n\nalert(2)</script>\n\nHi",
        ] {
            for said in [text(markdown, SITE), html(markdown, SITE)] {
                assert!(said.contains("Hi") && !said.contains("alert") && !said.contains("display"), "{said}");
            }
        }
        assert_eq!(text("Hi <script>a</script>there\n\n<b>End</b>", SITE), "Hi there\n\nEnd");
    }

    #[test]
    fn nothing_hostile_is_left() {
        for hostile in [
            "<script>alert(1)</script>",
            "a <script>alert(1)</script> b",
            "[x](javascript:alert(1))",
            "[x](JaVaScRiPt:alert(1))",
            "[x](data:text/html,alert)",
            "[x](vbscript:alert)",
            "[x]( \u{1}javascript:alert(1))",
            "[x](//evil.example)",
            "[x](/\\evil.example)",
            "<a href=\"https://evil.example\" onclick=\"alert(1)\">x</a>",
            "<img src=x onerror=alert(1)>",
            "![x](https://evil.example/pixel.png)",
            "![x](https://evil.example/pixel.png \"onerror=alert\")",
            "<iframe src=\"https://evil.example\"></iframe>",
            "<svg/onload=alert(1)>",
            "<p style=\"background:url(https://evil.example)\">x</p>",
            "<javascript:alert(1)>",
            "[x]: javascript:alert(1)\n\n[x]",
        ] {
            let written = html(hostile, SITE);
            for never in [
                "<script",
                "href=\"java",
                "href=\"data",
                "href=\"vb",
                "evil.example",
                "<img",
                "<iframe",
                "<svg",
                "style=",
            ] {
                assert!(!written.to_lowercase().contains(never), "{never} of {hostile}: {written}");
            }
            assert!(!text(hostile, SITE).contains("evil.example"), "{hostile}");
        }
    }

    #[test]
    fn words_stand_as_they_are() {
        for words in ["*a* _b_ [c](d) <e> & #f `g` \\h ~~i~~ ![j](k) | &amp;", "1. x", "林 O’Neill"] {
            assert_eq!(text(&format!("x {}", escaped(words)), SITE), format!("x {words}"));
        }
    }

    proptest! {
        #[test]
        fn whatever_is_written_only_these_tags_are_left(markdown in "[-<>a-z/\\[\\]()!:\"'=& \n#*`.0-9]{0,200}") {
            let written = html(&markdown, SITE);
            for (place, _) in written.match_indices('<') {
                let tag = written[place + 1..].trim_start_matches('/');
                let name: String = tag.chars().take_while(char::is_ascii_alphanumeric).collect();
                prop_assert!(TAGS.contains(&name.as_str()), "{name:?} in {written:?}");
            }
            let _ = text(&markdown, SITE);
        }
    }
}

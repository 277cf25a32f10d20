//! Texts that nobody writes by accident: no panic, no blow-up, and both ways of reading agree.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use talos_config_yaml::decode::Decoder;
use talos_config_yaml::resolve::Dialect;
use talos_config_yaml::source::Source;
use talos_config_yaml::tree::{Kind, NodeId, Options, Tree};

/// All that a tree says, node by node.
fn dump(tree: &Tree<'_>) -> Vec<String> {
    let mut lines = Vec::new();
    let mut open: Vec<NodeId> = tree.documents().iter().rev().copied().collect();
    while let Some(id) = open.pop() {
        let target = (tree.kind(id) == Kind::Alias).then(|| tree.target(id));
        lines.push(format!(
            "{id:?} {:?} {:?} {:?} {:?} {} {:?} {:?} {:?} {target:?} {}",
            tree.kind(id),
            tree.style(id),
            tree.text(id),
            tree.anchor(id),
            tree.tag(id),
            tree.position(id),
            tree.span(id),
            tree.content(id),
            tree.count(id),
        ));
        let at = open.len();
        open.extend(tree.children(id));
        open[at..].reverse();
    }
    lines
}

/// Reads the text in every way; they have to agree, and what they say has to make sense.
fn check(bytes: &[u8]) {
    let source = Source::new("hostile", bytes);
    let (usual, error) = Tree::parse(&source, Options::default());
    let (general, general_error) = Tree::parse(&source, Options { comments: true, ..Options::default() });
    assert_eq!(error, general_error);
    assert_eq!(dump(&usual), dump(&general));
    if let Some(error) = &error {
        assert!(error.offset() as usize <= source.text().len());
        assert!(error.to_string().starts_with("yaml: "));
    }
    for &document in usual.documents() {
        check_spans(&usual, document);
        let mut decoder = Decoder::new(&usual);
        let value = decoder.value(document);
        let problems = decoder.finish().go_text(&usual);
        assert!(value.is_some() || problems.is_some());
    }
    let (older, _) = Tree::parse(&source, Options { dialect: Dialect::V2, ..Options::default() });
    for &document in older.documents() {
        Decoder::new(&older).value(document);
    }
}

/// Children stand within their parents, in order, and texts are where they should be.
fn check_spans(tree: &Tree<'_>, document: NodeId) {
    let mut open = vec![document];
    while let Some(id) = open.pop() {
        let parent = tree.span(id);
        assert!(parent.start <= parent.end, "{parent:?}");
        let mut last = parent.start;
        for child in tree.children(id) {
            let span = tree.span(child);
            // An empty place may stand behind what closes its collection.
            if span.start < span.end {
                assert!(last <= span.start && span.end <= parent.end, "{span:?} in {parent:?} after {last}");
                last = span.end;
            }
            open.push(child);
        }
    }
}

const PIECES: &[&str] = &[
    "a",
    "key",
    "é",
    "x y",
    "1",
    "~",
    "true",
    ": ",
    ":",
    "\n",
    "\n",
    "\n",
    "\n  ",
    "\n    ",
    "\n- ",
    "\n  - ",
    "- ",
    "-",
    "? ",
    "?",
    "# c",
    "#",
    "\n# d\n",
    " ",
    "  ",
    "\t",
    "'",
    "\"",
    "'a'",
    "\"b\"",
    "\"\\n\"",
    "|",
    "|\n",
    "|-\n",
    "|+2\n",
    ">\n",
    "[",
    "]",
    "{",
    "}",
    ",",
    ", ",
    "[]",
    "{}",
    "[a, b]",
    "{a: b}",
    "&x ",
    "*x",
    "*x ",
    "!!str ",
    "!t ",
    "! ",
    "---",
    "--- ",
    "\n---\n",
    "...",
    "\n...\n",
    "%YAML 1.1\n",
    "%TAG ! x\n",
    "\r\n",
    "\r",
    "\u{85}",
    "\u{2028}",
    "\u{feff}",
    "<<",
    "<<: ",
    "@",
    "%",
    "a: b\n",
    "  c: d\n",
    "- e\n",
    "  - f\n",
    "k:\n",
    "\\",
    "\n\n",
    "   \n",
    "\n \t\n",
    "a:  b # c\n",
    "0x1f",
    "1.5",
    "2001-01-01",
    "!!int ",
    "<<: *x\n",
    "t: |\n    text\n    more\n",
    "- - 1\n",
    "- k: v\n  m: n\n",
    "\u{1}",
    "\u{7f}",
];

const BAD: &[&[u8]] = &[b"\x01", b"\xff", b"\xc3", b"\xed\xa0\x80", b"\xef\xbf\xbf", b"\xc2\x80"];

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        check(&bytes);
    }

    #[test]
    fn any_pieces(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..24)) {
        check(pieces.concat().as_bytes());
    }

    #[test]
    fn a_bad_character_anywhere(
        pieces in prop::collection::vec(prop::sample::select(PIECES), 0..12),
        padding in 450_usize..560,
        rest in prop::collection::vec(prop::sample::select(PIECES), 0..12),
        bad in prop::sample::select(BAD),
    ) {
        let mut text = pieces.concat().into_bytes();
        text.extend(format!("\n# {}\n", "x".repeat(padding)).bytes());
        text.extend(rest.concat().bytes());
        text.extend(bad);
        check(&text);
    }
}

#[test]
fn depth_ends_in_an_error() {
    for (text, accepted) in [
        ("[".repeat(10_000) + &"]".repeat(10_000), true),
        ("[".repeat(10_001) + &"]".repeat(10_001), false),
        ("[".repeat(1_000_000), false),
        ("{a: ".repeat(200_000), false),
        ("- ".repeat(10_000) + "a", true),
        ("- ".repeat(10_001) + "a", false),
        ("- ".repeat(500_000), false),
        ("? ".repeat(500_000), false),
        ((0..11_000).map(|depth| " ".repeat(depth) + "a:\n").collect(), false),
    ] {
        let source = Source::new("deep", text);
        let (tree, error) = Tree::parse(&source, Options::default());
        assert_eq!(error.is_none(), accepted, "{error:?}");
        if accepted {
            let mut decoder = Decoder::new(&tree);
            assert_eq!(decoder.value(tree.documents()[0]), None);
            assert_eq!(decoder.finish().go_text(&tree).as_deref(), Some("yaml: exceeded max depth of 500"));
        }
    }
}

#[test]
fn free_form_data_may_have_some_depth() {
    let source = Source::new("deep", "[".repeat(499) + &"]".repeat(499));
    let (tree, _) = Tree::parse(&source, Options::default());
    let mut decoder = Decoder::new(&tree);
    assert!(decoder.value(tree.documents()[0]).is_some());
}

/// Texts of about `size` bytes in which something grows that could cost too much.
fn traps(size: usize) -> Vec<(&'static str, String)> {
    let repeat = |text: &str| text.repeat(size / text.len());
    let number = |line: &dyn Fn(usize) -> String| {
        let mut text = String::new();
        let mut at = 0;
        while text.len() < size {
            text.push_str(&line(at));
            at += 1;
        }
        text
    };
    vec![
        ("brackets", repeat("[[[[[[[[]]]]]]]],\n").replace("],\n", "]\n---\n")),
        ("list in brackets", format!("[{}]", repeat("a, "))),
        ("list of texts in brackets", format!("[{}]", repeat("\"a\", "))),
        ("mappings in brackets", format!("[{}]", repeat("{a: b}, "))),
        ("empty brackets", format!("[{}]", repeat("[], {}, "))),
        ("open brackets", repeat("[a, ")),
        ("long list without end", format!("- [{}", repeat("a, "))),
        ("list", repeat("- a\n")),
        ("nested lists", repeat("- - - - a\n")),
        ("deep lists", (repeat("- - - - - - - - - - - - - - - -\n"))),
        ("distinct keys", number(&|at| format!("k{at}: v\n"))),
        ("equal keys", repeat("k: v\n")),
        ("some equal keys", number(&|at| format!("k{}: v\n", at / 2))),
        ("anchors", number(&|at| format!("- &a{at} x\n"))),
        ("aliases", format!("- &a x\n{}", repeat("- *a\n"))),
        (
            "anchors that nest",
            number(&|at| format!("a{at}: &a{at} [*a{}]\n", at.saturating_sub(1))).replacen("*a0", "x", 1),
        ),
        (
            "merges",
            number(&|at| format!("a{at}: &a{at} {{<<: *a{}}}\n", at.saturating_sub(1))).replacen("<<: *a0", "x: y", 1),
        ),
        ("tags", repeat("- !t x\n")),
        ("tag directives", number(&|at| format!("%TAG !a{at}! x\n"))),
        ("comments", repeat("# c\n")),
        ("comments between", repeat("# c\na: # c\n  # c\n\n# c\n- b # c\n")),
        ("a long comment", format!("# {}\na: b", repeat("x"))),
        ("blank lines", format!("a:{}", repeat("\n"))),
        ("spaces", format!("a:{}", repeat(" "))),
        ("indented blank lines", format!("a:\n{}", repeat("        \n"))),
        ("a quoted text of many lines", format!("a: \"{}\"", repeat("b\n  "))),
        ("a quoted text without end", format!("a: \"{}", repeat("b\n  "))),
        ("single quotes", format!("a: '{}'", repeat("''"))),
        ("escapes", format!("a: \"{}\"", repeat("\\n"))),
        ("quoted texts", repeat("- 'a' # b\n")),
        ("quoted texts of two lines", repeat("- 'a\n  b'\n")),
        ("a plain text of many lines", format!("a: b\n{}", repeat("  b\n"))),
        ("plain texts of two lines", repeat("- a\n  b\n")),
        ("a plain text with colons", format!("a: {}", repeat("b:c"))),
        ("a long key", format!("{}: a", repeat("k"))),
        ("a long wide key", format!("{}: a", repeat("é"))),
        ("long wide lines", number(&|_| format!("a: {}\n", "é".repeat(1000)))),
        ("a literal", format!("a: |\n{}", repeat("  b\n"))),
        ("a literal with blank lines", format!("a: |\n  b\n{}", repeat("\n"))),
        ("a folded text", format!("a: >\n{}", repeat("  b\n\n"))),
        ("literals", repeat("- |\n  b\n")),
        ("documents", repeat("---\na\n")),
        ("document ends", format!("a\n{}", repeat("...\n"))),
        ("explicit keys", repeat("? a\n")),
        ("line ends of other kinds", repeat("- a\u{85}- b\u{2028}- c\r")),
        ("a type error in each of many columns", format!("[{}]", repeat("{é: 1, é: 2}, "))),
    ]
}

fn cost(text: &str) -> Duration {
    let begin = Instant::now();
    for options in [Options::default(), Options { comments: true, ..Options::default() }] {
        let source = Source::new("trap", text);
        let (tree, _) = Tree::parse(&source, options);
        for &document in tree.documents() {
            let mut decoder = Decoder::new(&tree);
            decoder.value(document);
            let text = decoder.finish().go_text(&tree).unwrap_or_default();
            assert!(text.len() < 1_000_000 + source.text().len() * 20);
        }
    }
    begin.elapsed()
}

#[test]
fn cost_grows_with_the_text() {
    const SMALL: usize = 20_000;
    const FACTOR: usize = 16;
    for ((name, small), (_, large)) in traps(SMALL).into_iter().zip(traps(SMALL * FACTOR)) {
        // Other work on the machine may slow one run down, hardly all of them.
        let grows = (0..6).any(|_| {
            let small = cost(&small).max(Duration::from_millis(3));
            cost(&large) < small * (FACTOR * 6) as u32
        });
        assert!(grows, "{name} costs more than its size");
    }
}

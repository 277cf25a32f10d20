use super::*;

fn parsed(text: &str) -> Url {
    text.parse().unwrap()
}

#[test]
fn urls_are_put_together_as_they_were() {
    for text in [
        "",
        "*",
        "/",
        "//host/path",
        "///path",
        "path/to",
        "./a:b",
        "../a",
        "?",
        "?a=b?c",
        "https://cp.example.org:6443",
        "https://cp.example.org:",
        "https://cp.example.org:6443/a/b?x=1&y=#frag",
        "https://cp.example.org?",
        "http://u:@host",
        "http://u%20v:p%3A@host/",
        "http://@host",
        "cp.example:6443",
        "mailto:a@b?c#d",
        "file:///dev/null",
        "file:/dev/null",
        "https:",
        "https://[::1]:6443/",
        "https://[fe80::1%25eth0]",
        "https://a:b:6443/",
        "https://h/a%2Fb",
        "https://h/a%2fb",
        "https://h/%ff",
        "https://h/a(b)!",
        "https://h/[x]",
        "https://h/a*b",
        "https://h/#a%2fb",
        "https://h/#%FF",
        "https://h/#a(b)!",
    ] {
        assert_eq!(parsed(text).to_string(), text);
    }
}

#[test]
fn some_texts_come_back_changed() {
    for (text, written) in [
        ("HTTPS://Host", "https://Host"),
        ("https://%ff.example/", "https://%FF.example/"),
        ("http://u:p@ss@host", "http://u:p%40ss@host"),
        ("https://h/#", "https://h/"),
        ("https://", "https:"),
        ("https://h/ä b", "https://h/%C3%A4%20b"),
        ("https://hö/", "https://h%C3%B6/"),
        ("https://h/\"x\"", "https://h/%22x%22"),
        ("https://h/#ä^", "https://h/#%C3%A4%5E"),
        ("http://a'b@h", "http://a%27b@h"),
    ] {
        assert_eq!(parsed(text).to_string(), written);
    }
}

#[test]
fn faults_are_worded_as_in_the_reference() {
    for (text, error) in [
        ("127.0.0.1:6443", r#"parse "127.0.0.1:6443": first path segment in URL cannot contain colon"#),
        (":6443", r#"parse ":6443": missing protocol scheme"#),
        ("tcp://a\u{7f}#x", r#"parse "tcp://a\x7f": net/url: invalid control character in URL"#),
        ("https://a\tb", r#"parse "https://a\tb": net/url: invalid control character in URL"#),
        ("https://a/%zz", r#"parse "https://a/%zz": invalid URL escape "%zz""#),
        ("https://a/%z", r#"parse "https://a/%z": invalid URL escape "%z""#),
        ("https://a/%", r#"parse "https://a/%": invalid URL escape "%""#),
        ("https://a/%a€", r#"parse "https://a/%a€": invalid URL escape "%a\xe2""#),
        ("https://a/#%zz", r#"parse "https://a/#%zz": invalid URL escape "%zz""#),
        ("https://a%41/", r#"parse "https://a%41/": invalid URL escape "%41""#),
        ("https://a:b", r#"parse "https://a:b": invalid port ":b" after host"#),
        ("https://[::1]b", r#"parse "https://[::1]b": invalid port "b" after host"#),
        ("https://a b/", r#"parse "https://a b/": invalid character " " in host name"#),
        ("https://a\\b", r#"parse "https://a\\b": invalid character "\\" in host name"#),
        ("https://a{b}", r#"parse "https://a{b}": invalid character "{" in host name"#),
        ("https://[::1", r#"parse "https://[::1": missing ']' in host"#),
        ("https://x[::1]", r#"parse "https://x[::1]": invalid IP-literal"#),
        ("https://[10.0.0.1]", r#"parse "https://[10.0.0.1]": invalid IP-literal"#),
        ("https://[host]", r#"parse "https://[host]": invalid host: ParseAddr("host"): unable to parse IP"#),
        (
            "https://[fe80::g]",
            "parse \"https://[fe80::g]\": invalid host: ParseAddr(\"fe80::g\"): \
             each colon-separated field must have at least one digit (at \"g\")",
        ),
        ("https://[::1%25a%2fb]", r#"parse "https://[::1%25a%2fb]": invalid URL escape "%2f""#),
        ("https://u^@h", r#"parse "https://u^@h": net/url: invalid userinfo"#),
        ("https://u%zz@h", r#"parse "https://u%zz@h": invalid URL escape "%zz""#),
    ] {
        assert_eq!(text.parse::<Url>().unwrap_err().to_string(), error);
    }
}

#[test]
fn a_request_has_a_scheme_or_a_path_from_the_root() {
    for (text, error) in [
        ("", r#"parse "": empty url"#),
        ("%zz", r#"parse "%zz": invalid URI for request"#),
        ("a/b", r#"parse "a/b": invalid URI for request"#),
        ("/%zz", r#"parse "/%zz": invalid URL escape "%zz""#),
    ] {
        assert_eq!(Url::parse_request(text).unwrap_err().to_string(), error);
    }
    assert_eq!(Url::parse_request("//a/b").unwrap().path(), "//a/b");
    assert_eq!(Url::parse_request("https://a/#b").unwrap().path(), "/#b");
    assert_eq!(Url::parse_request("cp.example:6443").unwrap().opaque(), "6443");
}

#[test]
fn host_and_port_are_told_apart() {
    for (text, host, port) in [
        ("https://cp.example.org:6443", "cp.example.org", "6443"),
        ("https://cp.example.org", "cp.example.org", ""),
        ("https://cp.example.org:", "cp.example.org", ""),
        ("https://[::1]:6443", "::1", "6443"),
        ("https://[::1%25eth0]", "::1%eth0", ""),
        ("https://a:b:1", "a:b", "1"),
        ("cp.example.org:6443", "", ""),
    ] {
        let url = parsed(text);
        assert_eq!((&*url.hostname(), &*url.port()), (host, port), "{text}");
    }
}

#[test]
fn parts_are_read_without_their_escapes() {
    let url = parsed("https://u@h%C3%B6:1/a%20b%2F?q=%20#f%20g");
    assert_eq!((&*url.host(), &*url.path(), url.query(), &*url.fragment()), ("hö:1", "/a b/", "q=%20", "f g"));
    assert!(url.has_user());
}

#[test]
fn what_the_patch_lacks_stays() {
    for (left, right, merged) in [
        ("https://a:6443/x?y=z", "https://b", "https://b/x?y=z"),
        ("https://a/x#f", "?q", "https://a/x?q#f"),
        ("https://a/x%2Fy", "/other", "https://a/other"),
        ("https://a/x", "/z%2Fz", "https://a/z%2Fz"),
        ("https://a", "https://u@b", "https://u@b"),
        ("https://u@a", "https://b", "https://u@b"),
        ("https://a:6443", "", "https://a:6443"),
        ("https://a?", "https://b", "https://b"),
        ("https://a", "host:6443", "host:6443"),
        ("file:/a", "//h", "file://h/a"),
    ] {
        let mut url = parsed(left);
        url.merge(&parsed(right), Merge::Typed).unwrap();
        assert_eq!(url.to_string(), merged, "{left} + {right}");
    }
}

#[test]
fn two_users_do_not_merge() {
    let end = "merge field url.URL.User: merge field url.Userinfo.username: merge not possible, left u is not settable";
    let (mut left, right) = (parsed("https://u@a"), parsed("https://v@b"));
    let error = left.clone().merge(&right, Merge::Typed).unwrap_err();
    assert_eq!(error.to_string(), format!("merge field v1alpha1.Endpoint.URL: {end}"));
    assert_eq!(error.path(), "");
    let error = OptionalUrl(Some(left.clone())).merge(&OptionalUrl(Some(right.clone())), Merge::Typed).unwrap_err();
    assert_eq!(error.to_string(), format!("merge field meta.URL.URL: {end}"));
    left.merge(&right, Merge::Replace).unwrap();
    assert_eq!(left, right);
}

#[test]
fn the_join_token_is_taken_out() {
    let mut url = OptionalUrl::from(parsed("https://api/?x=2&jointoken=secret&a=1"));
    url.redact("******");
    assert_eq!(url.0.unwrap().to_string(), "https://api/?a=1&jointoken=%2A%2A%2A%2A%2A%2A&x=2");
}

#[test]
fn secrets_are_not_shown() {
    let shown = format!("{:?}", parsed("https://u:secret@api/?jointoken=secret"));
    assert_eq!(shown, "https://u:%2A%2A%2A@api/?***");
}

//! What keys do.

use ratatui::crossterm::event::{KeyCode, KeyEvent, KeyEventKind, KeyModifiers};

use super::view::{Action, Distance, Screen, Way};

/// Keys that do something wherever they are pressed.
const KEYS: [(KeyCode, KeyModifiers, Action); 30] = [
    (KeyCode::F(1), KeyModifiers::NONE, Action::Show(Screen::Summary)),
    (KeyCode::F(2), KeyModifiers::NONE, Action::Show(Screen::Monitor)),
    // Some terminals keep function keys for themselves.
    (KeyCode::Char('1'), KeyModifiers::NONE, Action::Show(Screen::Summary)),
    (KeyCode::Char('2'), KeyModifiers::NONE, Action::Show(Screen::Monitor)),
    (KeyCode::Left, KeyModifiers::NONE, Action::Node(Way::Back)),
    (KeyCode::Char('h'), KeyModifiers::NONE, Action::Node(Way::Back)),
    (KeyCode::Right, KeyModifiers::NONE, Action::Node(Way::On)),
    (KeyCode::Char('l'), KeyModifiers::NONE, Action::Node(Way::On)),
    (KeyCode::Up, KeyModifiers::NONE, Action::Scroll(Distance::Line, Way::Back)),
    (KeyCode::Char('k'), KeyModifiers::NONE, Action::Scroll(Distance::Line, Way::Back)),
    (KeyCode::Down, KeyModifiers::NONE, Action::Scroll(Distance::Line, Way::On)),
    (KeyCode::Char('j'), KeyModifiers::NONE, Action::Scroll(Distance::Line, Way::On)),
    (KeyCode::Char('u'), KeyModifiers::CONTROL, Action::Scroll(Distance::HalfPage, Way::Back)),
    (KeyCode::Char('d'), KeyModifiers::CONTROL, Action::Scroll(Distance::HalfPage, Way::On)),
    (KeyCode::PageUp, KeyModifiers::NONE, Action::Scroll(Distance::Page, Way::Back)),
    (KeyCode::Char('b'), KeyModifiers::CONTROL, Action::Scroll(Distance::Page, Way::Back)),
    (KeyCode::PageDown, KeyModifiers::NONE, Action::Scroll(Distance::Page, Way::On)),
    (KeyCode::Char('f'), KeyModifiers::CONTROL, Action::Scroll(Distance::Page, Way::On)),
    (KeyCode::Home, KeyModifiers::NONE, Action::Scroll(Distance::All, Way::Back)),
    (KeyCode::Char('g'), KeyModifiers::NONE, Action::Scroll(Distance::All, Way::Back)),
    (KeyCode::End, KeyModifiers::NONE, Action::Scroll(Distance::All, Way::On)),
    (KeyCode::Char('G'), KeyModifiers::NONE, Action::Scroll(Distance::All, Way::On)),
    (KeyCode::Char('G'), KeyModifiers::SHIFT, Action::Scroll(Distance::All, Way::On)),
    (KeyCode::Char('s'), KeyModifiers::NONE, Action::Sort),
    (KeyCode::Char('q'), KeyModifiers::NONE, Action::Quit),
    (KeyCode::Char('c'), KeyModifiers::CONTROL, Action::Quit),
    // Caps lock is no reason to be stuck.
    (KeyCode::Char('Q'), KeyModifiers::NONE, Action::Quit),
    (KeyCode::Char('Q'), KeyModifiers::SHIFT, Action::Quit),
    (KeyCode::Tab, KeyModifiers::NONE, Action::Node(Way::On)),
    (KeyCode::BackTab, KeyModifiers::SHIFT, Action::Node(Way::Back)),
];

/// What a key press does, if anything.
pub(super) fn action(key: KeyEvent) -> Option<Action> {
    if key.kind == KeyEventKind::Release {
        return None;
    }
    let found = KEYS.iter().find(|(code, modifiers, _)| (*code, *modifiers) == (key.code, key.modifiers));
    found.map(|(_, _, action)| *action)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_key_does_two_things() {
        let keys: BTreeSet<_> = KEYS.iter().map(|(code, modifiers, _)| format!("{code:?} {modifiers:?}")).collect();
        assert_eq!(keys.len(), KEYS.len());
    }

    #[test]
    fn modifiers_count() {
        let pressed = |code, modifiers| action(KeyEvent::new(code, modifiers));
        assert_eq!(pressed(KeyCode::Char('c'), KeyModifiers::CONTROL), Some(Action::Quit));
        assert_eq!(pressed(KeyCode::Char('c'), KeyModifiers::NONE), None);
        let released = KeyEvent::new_with_kind(KeyCode::Char('q'), KeyModifiers::NONE, KeyEventKind::Release);
        assert_eq!(action(released), None);
    }
}

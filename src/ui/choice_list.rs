//! A list on the terminal from which one option is chosen: typing searches, the arrow keys move.

use std::io::{self, Write};

use crossterm::cursor::{MoveRight, MoveTo, MoveUp};
use crossterm::event::{self, Event, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use crossterm::queue;
use crossterm::terminal::{Clear, ClearType, disable_raw_mode, enable_raw_mode};
use unicode_width::UnicodeWidthStr;

use super::cut;
use super::style::{Style, Tone};
use crate::text::escape;

/// The width of the sign before an option.
const MARK_WIDTH: usize = 2;

/// The maximum number of options on the screen.
const MAX_ROWS: usize = 12;

/// The number of options on the screen. A list that is higher than the terminal could not be drawn again.
fn rows_of_choices() -> usize {
    const QUESTION_AND_HELP: usize = 3;
    let height = terminal_size::terminal_size().map_or(24, |(_, height)| height.0.into());
    usize::saturating_sub(height, QUESTION_AND_HELP).clamp(1, MAX_ROWS)
}

/// An option in a list.
pub struct Choice {
    /// The line in the list.
    line: String,
    /// The text that is searched.
    text: String,
    /// What stays on the screen when it is chosen.
    answer: String,
    is_always_shown: bool,
}

impl Choice {
    pub fn new(line: &str, answer: &str) -> Self {
        let line = escape::line(line).into_owned();
        Self {
            text: line.to_lowercase(),
            line,
            answer: escape::line(answer).into_owned(),
            is_always_shown: false,
        }
    }

    /// The option for what is not in the list; it stays whatever is typed.
    pub fn always_shown(line: &str, answer: &str) -> Self {
        Self { is_always_shown: true, ..Self::new(line, answer) }
    }
}

pub(super) struct ChoiceList {
    question: String,
    options: Vec<Choice>,
    typed: String,
    /// The position among the options that match.
    position: usize,
    rows: usize,
    style: Style,
}

/// What a key does.
#[derive(Debug, PartialEq, Eq)]
enum Pressed {
    Changed,
    /// The index of the option.
    Chosen(usize),
    Cancelled,
}

impl ChoiceList {
    pub fn new(question: &str, options: Vec<Choice>, style: Style) -> Self {
        let question = escape::line(question).into_owned();
        Self {
            question,
            options,
            typed: String::new(),
            position: 0,
            rows: rows_of_choices(),
            style,
        }
    }

    /// Asks until an option is chosen, and returns its index; `None`: Ctrl-C, Ctrl-D or Escape.
    pub fn ask(mut self) -> io::Result<Option<usize>> {
        enable_raw_mode()?;
        let asked = self.ask_in_raw_mode();
        disable_raw_mode()?;
        asked
    }

    fn ask_in_raw_mode(&mut self) -> io::Result<Option<usize>> {
        loop {
            self.draw()?;
            let pressed = match event::read()? {
                Event::Key(key) if key.kind != KeyEventKind::Release => self.press(key),
                Event::Resize(columns, _) => {
                    self.rows = rows_of_choices();
                    self.style.width = Some(columns.into());
                    // Where the lines are now depends on the terminal.
                    let mut frame = Vec::new();
                    queue!(frame, Clear(ClearType::All), MoveTo(0, 0))?;
                    io::stderr().write_all(&frame)?;
                    Pressed::Changed
                }
                _ => Pressed::Changed,
            };
            match pressed {
                Pressed::Changed => {}
                Pressed::Chosen(index) => {
                    let answer = &self.options[index].answer;
                    let whole = format!("{} {answer}", self.question);
                    // The answer stays, if there is no room for both.
                    let is_short = self.fit(whole.clone()) == whole;
                    let line = if is_short { whole } else { self.fit(answer.clone()) };
                    finish(&format!("{} {line}", self.style.paint(Tone::Good, ">")))?;
                    return Ok(Some(index));
                }
                Pressed::Cancelled => {
                    finish(&format!("? {}", self.question))?;
                    return Ok(None);
                }
            }
        }
    }

    /// A key that is no letter types none.
    fn press(&mut self, key: KeyEvent) -> Pressed {
        let matching = self.matching();
        let last = matching.len().saturating_sub(1);
        let is_control = key.modifiers.contains(KeyModifiers::CONTROL);
        let code = match key.code {
            KeyCode::Char(letter) if is_control => match letter.to_ascii_lowercase() {
                'p' => KeyCode::Up,
                'n' => KeyCode::Down,
                'h' => KeyCode::Backspace,
                'c' | 'd' => KeyCode::Esc,
                'u' => {
                    self.typed.clear();
                    KeyCode::Home
                }
                'w' => {
                    let words = self.typed.trim_end();
                    self.typed.truncate(words.rfind(' ').map_or(0, |space| space + 1));
                    KeyCode::Home
                }
                _ => KeyCode::Null,
            },
            code => code,
        };
        self.position = match code {
            KeyCode::Enter => match matching.get(self.position) {
                Some(index) => return Pressed::Chosen(*index),
                None => 0,
            },
            KeyCode::Esc => return Pressed::Cancelled,
            KeyCode::Up if self.position == 0 => last,
            KeyCode::Up => self.position - 1,
            KeyCode::Down if self.position == last => 0,
            KeyCode::Down => self.position + 1,
            KeyCode::PageUp => self.position.saturating_sub(self.rows),
            KeyCode::PageDown => (self.position + self.rows).min(last),
            KeyCode::Home => 0,
            KeyCode::End => last,
            KeyCode::Backspace => {
                self.typed.pop();
                0
            }
            KeyCode::Char(letter) if !key.modifiers.contains(KeyModifiers::ALT) => {
                self.typed.push(letter);
                0
            }
            _ => self.position,
        };
        Pressed::Changed
    }

    /// The indices of the options that contain what was typed, then of those that are always shown.
    fn matching(&self) -> Vec<usize> {
        let typed = self.typed.to_lowercase();
        let (found, others): (Vec<_>, Vec<_>) =
            self.options.iter().enumerate().partition(|(_, option)| option.text.contains(&typed));
        let others = others.into_iter().filter(|(_, option)| option.is_always_shown);
        found.into_iter().chain(others).map(|(index, _)| index).collect()
    }

    fn lines(&self) -> Vec<String> {
        let matching = self.matching();
        let start = self.position.saturating_sub(self.rows / 2);
        let start = start.min(matching.len().saturating_sub(self.rows));
        let end = (start + self.rows).min(matching.len());
        let mut lines = vec![self.first_line()];
        for (place, index) in matching.iter().enumerate().take(end).skip(start) {
            let mark = match place {
                place if place == self.position => '>',
                place if place == start && start > 0 => '^',
                place if place + 1 == end && end < matching.len() => 'v',
                _ => ' ',
            };
            let line = self.fit(format!("{mark} {}", self.options[*index].line));
            let tone = if mark == '>' { Tone::Strong } else { Tone::Plain };
            lines.push(self.style.paint(tone, &line));
        }
        if matching.is_empty() {
            lines.push("  nothing matches".to_owned());
        }
        let help = match self.style.width {
            Some(..80) => "[type to search]",
            _ => "[type to search, arrow keys to move, Enter to choose, Ctrl-C to stop]",
        };
        lines.push(self.style.paint(Tone::Dim, help));
        lines
    }

    fn first_line(&self) -> String {
        let whole = format!("? {} {}", self.question, self.typed);
        let available = self.style.width.map_or(usize::MAX, |width| width - MARK_WIDTH.min(width));
        if whole.width() <= available {
            return whole;
        }
        // What is being typed stays visible.
        let tail: String = self.typed.chars().rev().take(available / 2).collect();
        self.fit(format!("? …{}", tail.chars().rev().collect::<String>()))
    }

    /// A line that the terminal does not wrap.
    fn fit(&self, line: String) -> String {
        match self.style.width {
            Some(width) => cut::cut(&line, width.saturating_sub(MARK_WIDTH)),
            None => line,
        }
    }

    /// Draws the list from the line of the cursor, which stays there, behind what was typed.
    fn draw(&self) -> io::Result<()> {
        let lines = self.lines();
        let up = u16::try_from(lines.len() - 1).unwrap_or(u16::MAX);
        let right = u16::try_from(self.first_line().width()).unwrap_or(u16::MAX);
        let mut frame = b"\r".to_vec();
        queue!(frame, Clear(ClearType::FromCursorDown))?;
        frame.extend(lines.join("\r\n").bytes());
        queue!(frame, MoveUp(up))?;
        frame.push(b'\r');
        queue!(frame, MoveRight(right))?;
        io::stderr().write_all(&frame)
    }
}

/// Replaces the list by one line.
fn finish(line: &str) -> io::Result<()> {
    let mut frame = b"\r".to_vec();
    queue!(frame, Clear(ClearType::FromCursorDown))?;
    frame.extend(format!("{line}\r\n").bytes());
    io::stderr().write_all(&frame)
}

#[cfg(test)]
mod tests {
    use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};
    use proptest::prelude::{any, prop, proptest};

    use super::{Choice, ChoiceList, Pressed};
    use crate::ui::style::Style;

    fn list() -> ChoiceList {
        let names = ["Cloud Editor", "Cloud Storage", "Backup", "Mail"];
        let mut options: Vec<_> = names.iter().map(|name| Choice::new(name, name)).collect();
        options.push(Choice::always_shown("Another", "another"));
        let style = Style { width: Some(40), ..Style::default() };
        ChoiceList { rows: 3, ..ChoiceList::new("Which?", options, style) }
    }

    fn press(list: &mut ChoiceList, code: KeyCode, modifiers: KeyModifiers) -> Pressed {
        list.press(KeyEvent::new(code, modifiers))
    }

    #[test]
    fn typing_searches_and_keys_are_no_letters() {
        let mut list = list();
        let typed = |list: &mut ChoiceList, text: &str| {
            for letter in text.chars() {
                press(list, KeyCode::Char(letter), KeyModifiers::NONE);
            }
        };
        typed(&mut list, "cloud st");
        assert_eq!(list.matching(), [1, 4]);
        for letter in ['a', 'b', 'e', 'f', 'g', 'k', 'l', 't', 'v', 'x', 'y', 'z'] {
            press(&mut list, KeyCode::Char(letter), KeyModifiers::CONTROL);
            press(&mut list, KeyCode::Char(letter), KeyModifiers::ALT);
        }
        assert_eq!(list.typed, "cloud st");
        press(&mut list, KeyCode::Char('w'), KeyModifiers::CONTROL);
        assert_eq!(list.typed, "cloud ");
        press(&mut list, KeyCode::Char('u'), KeyModifiers::CONTROL);
        assert_eq!(list.typed, "");
        typed(&mut list, "nothing");
        assert_eq!(list.matching(), [4]);
        assert_eq!(press(&mut list, KeyCode::Enter, KeyModifiers::NONE), Pressed::Chosen(4));
        for (code, modifiers) in [
            (KeyCode::Esc, KeyModifiers::NONE),
            (KeyCode::Char('c'), KeyModifiers::CONTROL),
            (KeyCode::Char('d'), KeyModifiers::CONTROL),
        ] {
            assert_eq!(press(&mut list, code, modifiers), Pressed::Cancelled);
        }
    }

    #[test]
    fn a_part_of_a_long_list_is_shown() {
        let mut list = list();
        let marks = |list: &ChoiceList| -> String {
            let lines = list.lines();
            lines[1..lines.len() - 1].iter().map(|line| &line[..1]).collect()
        };
        assert_eq!(marks(&list), "> v");
        press(&mut list, KeyCode::Down, KeyModifiers::NONE);
        press(&mut list, KeyCode::Down, KeyModifiers::NONE);
        assert_eq!(marks(&list), "^>v");
        press(&mut list, KeyCode::End, KeyModifiers::NONE);
        assert_eq!(marks(&list), "^ >");
        press(&mut list, KeyCode::Down, KeyModifiers::NONE);
        assert_eq!(marks(&list), "> v");
        press(&mut list, KeyCode::Up, KeyModifiers::NONE);
        assert_eq!(press(&mut list, KeyCode::Enter, KeyModifiers::NONE), Pressed::Chosen(4));
    }

    proptest! {
        #[test]
        fn any_keys_can_be_pressed(keys in prop::collection::vec((any::<char>(), 0_u8..12, any::<bool>()), 0..40)) {
            let mut list = list();
            for (letter, kind, is_control) in keys {
                let code = match kind {
                    0 => KeyCode::Up,
                    1 => KeyCode::Down,
                    2 => KeyCode::PageUp,
                    3 => KeyCode::PageDown,
                    4 => KeyCode::End,
                    5 => KeyCode::Backspace,
                    _ => KeyCode::Char(letter),
                };
                let modifiers = if is_control { KeyModifiers::CONTROL } else { KeyModifiers::NONE };
                press(&mut list, code, modifiers);
                let lines = list.lines();
                assert!(lines.len() <= 5);
                assert_eq!(lines[1..].iter().filter(|line| line.starts_with('>')).count(), 1);
            }
        }
    }
}

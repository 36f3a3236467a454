//! The words of a Liberty file.

/// A word, or a character that joins or ends words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// A word, or a quoted text with its quotes.
    Word(&'a str),
    /// One of `(){}:;,`.
    Mark(char),
    /// The end of a line that does not go on in the next one.
    LineEnd,
}

/// Tokens one by one; comments are dropped.
#[derive(Clone)]
pub(super) struct Tokens<'a> {
    rest: &'a str,
    /// Number of the line that `rest` begins in, from 1.
    line: usize,
}

impl<'a> Tokens<'a> {
    pub fn new(text: &'a str) -> Self {
        Self { rest: text, line: 1 }
    }

    pub fn line(&self) -> usize {
        self.line
    }

    /// The next token, if there is one; the error says what is never closed.
    pub fn next(&mut self) -> Result<Option<Token<'a>>, &'static str> {
        while let Some(first) = self.rest.chars().next() {
            if self.rest.starts_with("/*") {
                let length = self.rest[2..].find("*/").ok_or("a comment is not closed")?;
                self.take(length + 4);
            } else if self.rest.starts_with("//") {
                self.take(self.rest.find('\n').unwrap_or(self.rest.len()));
            } else if first == '\n' {
                self.take(1);
                return Ok(Some(Token::LineEnd));
            } else if first == '\\' {
                self.take(1);
                let blank = self.rest.len() - self.rest.trim_start_matches([' ', '\t', '\r']).len();
                if self.rest[blank..].starts_with('\n') {
                    self.take(blank + 1);
                }
            } else if first.is_whitespace() {
                self.take(first.len_utf8());
            } else if is_mark(first) {
                self.take(1);
                return Ok(Some(Token::Mark(first)));
            } else {
                let length = if first == '"' { quoted(self.rest)? } else { word(self.rest) };
                return Ok(Some(Token::Word(self.take(length))));
            }
        }
        Ok(None)
    }

    fn take(&mut self, length: usize) -> &'a str {
        let (taken, rest) = self.rest.split_at(length);
        self.line += taken.matches('\n').count();
        self.rest = rest;
        taken
    }
}

fn is_mark(c: char) -> bool {
    "(){}:;,".contains(c)
}

/// The length of the quoted text that `text` begins with.
fn quoted(text: &str) -> Result<usize, &'static str> {
    let mut escaped = false;
    for (index, c) in text.char_indices().skip(1) {
        if c == '"' && !escaped {
            return Ok(index + 1);
        }
        escaped = c == '\\' && !escaped;
    }
    Err("a quoted text is not closed")
}

/// The length of the word that `text` begins with. A range in brackets, `[3:0]`, is part of it.
fn word(text: &str) -> usize {
    let mut in_brackets = false;
    for (index, c) in text.char_indices() {
        let ends = c.is_whitespace() || c == '"' || c == '\\' || is_mark(c) && c != ':';
        if ends || c == ':' && !in_brackets || text[index..].starts_with("/*") {
            return index;
        }
        in_brackets = (in_brackets || c == '[') && c != ']';
    }
    text.len()
}

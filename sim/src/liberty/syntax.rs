//! The tree of a Liberty file, as it is found in the wild and as every tool reads it.

use super::tables::{AXES, TABLES};
use super::tokens::{Token, Tokens};
use std::collections::BTreeMap;
use std::fmt;

/// Groups in groups: more than any library has, and less than any stack has room for.
const DEEPEST: usize = 64;

/// `head(arguments) { statements }`
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Group {
    pub head: String,
    /// Words, as they are written.
    pub arguments: Vec<String>,
    pub statements: Vec<Statement>,
}

/// What stands in a group.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Statement {
    /// `name : value;`
    Value(String, String),
    /// `name(arguments);`
    List(String, Vec<String>),
    Group(Group),
}

impl Group {
    /// Reads a whole file, as a group without a head. The error names the line.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut parser = Parser { tokens: Tokens::new(text), open: vec![Open::default()] };
        match parser.file() {
            Ok(file) => Ok(file),
            Err(reason) => {
                let line = parser.tokens.line();
                let outside = parser.open.len() == 1 && parser.open[0].group.statements.is_empty();
                let kind = if outside { "not a Liberty file: " } else { "" };
                Err(format!("{kind}line {line}: {reason}"))
            }
        }
    }

    pub fn is(&self, head: &str) -> bool {
        self.head == head
    }

    /// The first argument without quotes; of a named group its name.
    pub fn name(&self) -> &str {
        self.arguments.first().map_or("", |argument| unquoted(argument))
    }

    /// All groups called `head`.
    pub fn groups(&self, head: &str) -> impl Iterator<Item = &Self> {
        self.statements.iter().filter_map(move |statement| match statement {
            Statement::Group(group) if group.is(head) => Some(group),
            _ => None,
        })
    }

    /// The value called `name` without quotes.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.statements.iter().find_map(|statement| match statement {
            Statement::Value(key, value) if key == name => Some(unquoted(value)),
            _ => None,
        })
    }

    /// The words of the list called `name`, without quotes.
    pub fn list(&self, name: &str) -> Option<Vec<&str>> {
        self.statements.iter().find_map(|statement| match statement {
            Statement::List(key, words) if key == name => {
                Some(words.iter().map(|word| unquoted(word)).collect())
            }
            _ => None,
        })
    }

    /// The value called `name`, which has to be a number if there is one.
    pub fn number(&self, name: &str) -> Result<Option<f64>, String> {
        let Some(text) = self.value(name) else { return Ok(None) };
        match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Some(number)),
            _ => Err(format!("{} '{}': {name} : {text}: not a number", self.head, self.name())),
        }
    }

    /// Whether the value called `name` is true.
    pub fn flag(&self, name: &str) -> bool {
        self.value(name).is_some_and(|value| value.eq_ignore_ascii_case("true"))
    }
}

/// A word without its quotes.
pub(super) fn unquoted(word: &str) -> &str {
    let inside = word.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    inside.map_or(word, str::trim)
}

impl Statement {
    /// What a group has once: tools that meet it twice take the first or the last, and no rule says
    /// which. Nothing where more of the kind add to each other.
    fn single(&self) -> Option<String> {
        match self {
            Self::Value(name, _) => Some(name.clone()),
            Self::List(name, _) => {
                let is_index = name.strip_prefix("index_").is_some_and(|axis| AXES.contains(&axis));
                let is_single = is_index || ["capacitive_load_unit", "values"].contains(&&**name);
                is_single.then(|| name.clone())
            }
            Self::Group(group) if group.is("lu_table_template") => {
                Some(format!("{} {}", group.head, group.name()))
            }
            Self::Group(Group { head, .. }) => TABLES.contains(&&**head).then(|| head.clone()),
        }
    }

    /// What it says, if that is short.
    fn said(&self) -> Option<&str> {
        match self {
            Self::Value(_, value) => Some(value),
            Self::List(..) | Self::Group(_) => None,
        }
    }
}

/// A group that is not closed yet.
#[derive(Default)]
struct Open {
    /// Where it was opened.
    line: usize,
    group: Group,
    /// Where in it stands what it has once.
    single: BTreeMap<String, usize>,
}

impl Open {
    /// Adds a statement. One that says something else than before is refused.
    fn add(&mut self, statement: Statement) -> Result<(), String> {
        let Group { head, statements, .. } = &self.group;
        if let Some(name) = statement.single() {
            let before = *self.single.entry(name.clone()).or_insert(statements.len());
            if let Some(before) = statements.get(before).filter(|before| **before != statement) {
                let said = before.said().zip(statement.said());
                let said = said.map(|(first, second)| format!(", as {first} and as {second}"));
                let (owner, said) = (self.group.name(), said.unwrap_or_default());
                return Err(format!(
                    "{head} '{owner}': {name} is given twice{said}; accepted: once"
                ));
            }
        }
        self.group.statements.push(statement);
        Ok(())
    }
}

struct Parser<'a> {
    tokens: Tokens<'a>,
    /// The groups that are not closed yet.
    open: Vec<Open>,
}

impl<'a> Parser<'a> {
    fn file(&mut self) -> Result<Group, String> {
        while let Some(token) = self.tokens.next()? {
            match token {
                Token::LineEnd | Token::Mark(';') => {}
                Token::Word(name) => self.statement(name)?,
                Token::Mark('}') if self.open.len() > 1 => self.close()?,
                Token::Mark(mark) => return Err(format!("'{mark}' begins nothing")),
            }
        }
        match self.open.pop() {
            Some(Open { group, .. }) if self.open.is_empty() => Ok(group),
            Some(Open { line, group: Group { head, arguments, .. }, .. }) => {
                let arguments = arguments.join(", ");
                Err(format!("{head}({arguments}), opened in line {line}, is not closed"))
            }
            None => unreachable!("the file itself is never closed"),
        }
    }

    /// What begins with the word `name`.
    fn statement(&mut self, name: &str) -> Result<(), String> {
        match self.after_lines()? {
            Some(Token::Mark(':')) => {
                let value = self.value(name)?;
                self.add(Statement::Value(name.to_owned(), value))?;
            }
            Some(Token::Mark('(')) => {
                let arguments = self.arguments(name)?;
                let before = self.tokens.clone();
                if self.after_lines()? != Some(Token::Mark('{')) {
                    self.tokens = before;
                    self.add(Statement::List(name.to_owned(), arguments))?;
                } else if self.open.len() > DEEPEST {
                    return Err(format!("more than {DEEPEST} groups within each other"));
                } else {
                    let group = Group { head: name.to_owned(), arguments, statements: Vec::new() };
                    self.open.push(Open { line: self.tokens.line(), group, ..Open::default() });
                }
            }
            _ => return Err(format!("'{name}' is followed by neither ':' nor '('")),
        }
        Ok(())
    }

    /// The next token that is no line end.
    fn after_lines(&mut self) -> Result<Option<Token<'a>>, String> {
        loop {
            match self.tokens.next()? {
                Some(Token::LineEnd) => {}
                token => return Ok(token),
            }
        }
    }

    /// What follows `name :`, up to a semicolon, or to the end of the line where that is missing.
    fn value(&mut self, name: &str) -> Result<String, String> {
        let mut value = String::new();
        let mut token = self.after_lines()?;
        loop {
            let before = self.tokens.clone();
            let word = match token {
                None | Some(Token::LineEnd | Token::Mark(';')) => break,
                Some(Token::Word(word)) => on_one_line(word),
                Some(Token::Mark(mark @ ('(' | ')' | ','))) => mark.to_string(),
                Some(Token::Mark(mark)) => {
                    return Err(format!(
                        "'{mark}' where the value of {name} should end; is a ';' missing?"
                    ));
                }
            };
            value = if value.is_empty() { word } else { value + " " + &word };
            token = self.tokens.next()?;
            if token == Some(Token::Mark('}')) {
                self.tokens = before;
                break;
            }
        }
        if value.is_empty() {
            return Err(format!("{name} has no value"));
        }
        // Not every tool looks for a number within quotes.
        let is_number = unquoted(&value).parse::<f64>().is_ok();
        Ok(if is_number { unquoted(&value).to_owned() } else { value })
    }

    /// What follows `name (`, up to the parenthesis that closes.
    fn arguments(&mut self, name: &str) -> Result<Vec<String>, String> {
        let mut arguments = Vec::new();
        loop {
            match self.after_lines()? {
                Some(Token::Word(word)) => arguments.push(on_one_line(word)),
                Some(Token::Mark(',')) => {}
                Some(Token::Mark(')')) => return Ok(arguments),
                _ => return Err(format!("the parenthesis after {name} is not closed")),
            }
        }
    }

    fn add(&mut self, statement: Statement) -> Result<(), String> {
        self.open.last_mut().map_or(Ok(()), |open| open.add(statement))
    }

    fn close(&mut self) -> Result<(), String> {
        self.open.pop().map_or(Ok(()), |closed| self.add(Statement::Group(closed.group)))
    }
}

/// A quoted text without line ends and without quotes inside: neither is read by all tools.
fn on_one_line(word: &str) -> String {
    let inside = word.replace("\\\"", "'");
    let lines = inside.lines().map(|line| line.trim_end().trim_end_matches('\\'));
    lines.collect::<Vec<_>>().join(" ")
}

/// The group as every tool reads it: one statement to a line, each with its semicolon.
impl fmt::Display for Group {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}({}) {{", self.head, self.arguments.join(", "))?;
        for statement in &self.statements {
            match statement {
                Statement::Value(name, value) => writeln!(f, "{name} : {value};")?,
                Statement::List(name, words) => writeln!(f, "{name}({});", words.join(", "))?,
                Statement::Group(group) => group.fmt(f)?,
            }
        }
        f.write_str("}\n")
    }
}

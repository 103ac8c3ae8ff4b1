//! Form fields of the panel. A field shows its problem, and the value that someone else has saved since the form was opened.

use askama::Template;

/// Kind of a field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum InputKind {
    /// A line of text.
    Line,
    /// A password. The stored value is never sent to the browser.
    Secret,
    /// A date and a time.
    Time,
    /// One of several values, each with its label.
    Choice(Vec<(String, String)>),
}

/// A field of a form.
#[derive(Template)]
#[template(path = "admin/input.html")]
pub(super) struct Input {
    pub(super) name: &'static str,
    label: &'static str,
    kind: InputKind,
    pub(super) value: String,
    hint: &'static str,
    is_required: bool,
    /// Problem of the value.
    pub(super) problem: Option<String>,
    /// The stored value, if it has changed since the form was opened.
    pub(super) theirs: Option<String>,
}

impl Input {
    /// A field of this kind. Its name is that of the column or of the API field.
    pub(super) fn new(name: &'static str, label: &'static str, kind: InputKind, value: impl Into<String>) -> Self {
        Self { name, label, kind, value: value.into(), hint: "", is_required: false, problem: None, theirs: None }
    }

    /// A line of text.
    pub(super) fn line(name: &'static str, label: &'static str, value: impl Into<String>) -> Self {
        Self::new(name, label, InputKind::Line, value)
    }

    /// A password.
    pub(super) fn secret(name: &'static str, label: &'static str) -> Self {
        Self::new(name, label, InputKind::Secret, "")
    }

    /// Adds a hint.
    pub(super) fn hint(self, hint: &'static str) -> Self {
        Self { hint, ..self }
    }

    /// Makes the field required.
    pub(super) fn required(self) -> Self {
        Self { is_required: true, ..self }
    }

    /// Adds a problem.
    pub(super) fn problem(self, problem: Option<String>) -> Self {
        Self { problem, ..self }
    }

    /// Adds the value that someone else has saved since the form was opened.
    pub(super) fn theirs(self, theirs: Option<String>) -> Self {
        Self { theirs, ..self }
    }

    /// Ids of the elements that describe the field.
    fn described_by(&self) -> String {
        let parts =
            [(self.problem.is_some(), "problem"), (self.theirs.is_some(), "theirs"), (!self.hint.is_empty(), "hint")];
        let ids = parts.iter().filter(|(is_there, _)| *is_there).map(|(_, part)| format!("{}-{part}", self.name));
        ids.collect::<Vec<_>>().join(" ")
    }
}

/// Message above a form that was not saved, with a link to each field that has a problem.
#[derive(Template)]
#[template(path = "admin/problems.html")]
pub(super) struct Problems<'a> {
    /// Summary of the problem.
    pub(super) words: &'a str,
    pub(super) fields: Vec<&'a Input>,
}

impl<'a> Problems<'a> {
    /// Collects the fields that have a problem.
    pub(super) fn of(words: &'a str, inputs: impl IntoIterator<Item = &'a Input>) -> Self {
        let is_touched = |input: &&Input| input.problem.is_some() || input.theirs.is_some();
        Self { words, fields: inputs.into_iter().filter(is_touched).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_shows_its_problem_and_the_saved_value_and_keeps_the_entered_one() {
        let input = Input::line("phone_login", "Login", "<b>")
            .hint("Unique.")
            .required()
            .problem(Some("Taken by \"x\".".to_owned()))
            .theirs(Some("100c".to_owned()));
        let html = input.render().unwrap();
        assert!(
            html.contains("aria-describedby=\"phone_login-problem phone_login-theirs phone_login-hint\""),
            "{html}"
        );
        for part in ["value=\"&#60;b&#62;\"", "aria-invalid=\"true\"", "Taken by &#34;x&#34;.", "100c", " required"] {
            assert!(html.contains(part), "{part} in {html}");
        }
    }

    #[test]
    fn a_secret_is_never_written_into_the_page() {
        let secret = Input { value: "hunter2".to_owned(), ..Input::secret("phone_pass", "Password") };
        let html = secret.render().unwrap();
        assert!(!html.contains("hunter2") && html.contains("autocomplete=\"new-password\""), "{html}");
    }

    #[test]
    fn the_message_above_a_form_lists_only_fields_with_problems() {
        let inputs = [Input::line("a", "A", ""), Input::line("b", "B", "").problem(Some("no".to_owned()))];
        let html = Problems::of("Nothing was saved.", &inputs).render().unwrap();
        assert!(html.contains("href=\"#b\"") && !html.contains("href=\"#a\""), "{html}");
    }
}

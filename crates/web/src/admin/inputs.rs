//! Fields of a form, as every form of the panel shows them: with what is wrong at the field, and with what somebody else has
//! saved there meanwhile.

use askama::Template;

/// What a field is filled in with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum InputKind {
    /// A line of text.
    Line,
    /// A line of text that is not shown. What is stored is never sent to the browser.
    Secret,
    /// A day and a time.
    Time,
    /// One of these: what is sent, and what is read.
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
    /// What is wrong with the value.
    pub(super) problem: Option<String>,
    /// What is stored now, where that is not what the form was opened with.
    pub(super) theirs: Option<String>,
}

impl Input {
    /// A field of this kind. Its name is the column's or the API's.
    pub(super) fn new(name: &'static str, label: &'static str, kind: InputKind, value: impl Into<String>) -> Self {
        Self { name, label, kind, value: value.into(), hint: "", is_required: false, problem: None, theirs: None }
    }

    /// A line of text.
    pub(super) fn line(name: &'static str, label: &'static str, value: impl Into<String>) -> Self {
        Self::new(name, label, InputKind::Line, value)
    }

    /// A line of text that is not shown.
    pub(super) fn secret(name: &'static str, label: &'static str) -> Self {
        Self::new(name, label, InputKind::Secret, "")
    }

    /// What helps to fill it in.
    pub(super) fn hint(self, hint: &'static str) -> Self {
        Self { hint, ..self }
    }

    /// It must be filled in.
    pub(super) fn required(self) -> Self {
        Self { is_required: true, ..self }
    }

    /// What is wrong with it.
    pub(super) fn problem(self, problem: Option<String>) -> Self {
        Self { problem, ..self }
    }

    /// What somebody else has saved there meanwhile.
    pub(super) fn theirs(self, theirs: Option<String>) -> Self {
        Self { theirs, ..self }
    }

    /// The ids of what describes the field.
    fn described_by(&self) -> String {
        let parts =
            [(self.problem.is_some(), "problem"), (self.theirs.is_some(), "theirs"), (!self.hint.is_empty(), "hint")];
        let ids = parts.iter().filter(|(is_there, _)| *is_there).map(|(_, part)| format!("{}-{part}", self.name));
        ids.collect::<Vec<_>>().join(" ")
    }
}

/// What stands above a form that was not saved: how many fields need a look, with a way to each.
#[derive(Template)]
#[template(path = "admin/problems.html")]
pub(super) struct Problems<'a> {
    /// What is the matter on the whole.
    pub(super) words: &'a str,
    pub(super) fields: Vec<&'a Input>,
}

impl<'a> Problems<'a> {
    /// Above these fields.
    pub(super) fn of(words: &'a str, inputs: impl IntoIterator<Item = &'a Input>) -> Self {
        let is_touched = |input: &&Input| input.problem.is_some() || input.theirs.is_some();
        Self { words, fields: inputs.into_iter().filter(is_touched).collect() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_says_what_is_wrong_and_what_somebody_else_saved_and_keeps_what_was_typed() {
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
    fn above_a_form_stand_only_the_fields_that_need_a_look() {
        let inputs = [Input::line("a", "A", ""), Input::line("b", "B", "").problem(Some("no".to_owned()))];
        let html = Problems::of("Nothing was saved.", &inputs).render().unwrap();
        assert!(html.contains("href=\"#b\"") && !html.contains("href=\"#a\""), "{html}");
    }
}

//! What is read as the crate is built: that a text of the migrations was added is a reason to build it, and what the forms
//! of the pages call their fields is gathered from the templates, for a form that is shown to whoever was signed out
//! meanwhile (`web/resend.rs`).

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// Where the forms are.
const TEMPLATES: &str = "templates/pages";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=migrations");
    println!("cargo::rerun-if-changed={TEMPLATES}");
    println!("cargo::rerun-if-changed=build.rs");
    let mut fields = Fields::default();
    fields.gather(Path::new(TEMPLATES))?;
    let written = PathBuf::from(env::var("OUT_DIR")?).join("fields.rs");
    Ok(fs::write(written, fields.written())?)
}

/// The fields of all forms, by their names.
#[derive(Default)]
struct Fields {
    /// Those that people type into, with what the pages call them.
    typed: BTreeMap<String, BTreeSet<String>>,
    /// Those that are chosen from a list, ticked, or shown on no page.
    others: BTreeSet<String>,
}

impl Fields {
    fn gather(&mut self, at: &Path) -> Result<(), Box<dyn Error>> {
        for entry in fs::read_dir(at)? {
            let path = entry?.path();
            if path.is_dir() {
                self.gather(&path)?;
            } else {
                let template = fs::read_to_string(path)?;
                self.called(&template);
                self.tagged(&template);
            }
        }
        Ok(())
    }

    /// Fields that a macro writes: `call fields::input(filled, "name", "Name of the hub", …`.
    fn called(&mut self, template: &str) {
        for call in template.split("call fields::").skip(1) {
            let Some((kind, rest)) = call.split_once("(filled, \"") else { continue };
            let mut texts = rest.split('"').step_by(2);
            match (kind, texts.next(), texts.next()) {
                ("input" | "area", Some(name), label) => self.type_into(name, label),
                ("choose" | "pick" | "tick", Some(name), _) => self.others.extend([name.to_owned()]),
                _ => {}
            }
        }
    }

    /// Fields that stand in a template as they are.
    fn tagged(&mut self, template: &str) {
        let label = |id: &str| {
            let (_, after) = template.split_once(&format!("<label for=\"{id}\">"))?;
            after.split_once("</label>").map(|(label, _)| label)
        };
        for (at, start) in ["<input ", "<select ", "<textarea "].iter().flat_map(|start| template.match_indices(start))
        {
            let tag = template[at..].split_once('>').map_or("", |(tag, _)| tag);
            let attribute =
                |name: &str| tag.split_once(&format!(" {name}=\""))?.1.split_once('"').map(|(value, _)| value);
            let Some(name) = attribute("name") else { continue };
            let kind = attribute("type").unwrap_or_default();
            if start == "<select " || ["hidden", "radio", "checkbox"].contains(&kind) {
                // Of a name with an id in it, what stands before that.
                let name = name.split("{{").next().unwrap_or_default();
                self.others.extend(Some(name.to_owned()).filter(|name| !name.is_empty()));
            } else {
                self.type_into(name, attribute("id").and_then(label));
            }
        }
    }

    fn type_into(&mut self, name: &str, label: Option<&str>) {
        let labels = self.typed.entry(name.to_owned()).or_default();
        labels.extend(label.filter(|label| !label.contains(['<', '{'])).map(str::to_owned));
    }

    /// As constants: the names that have one label in all pages, and the names that nobody types into anywhere.
    fn written(&self) -> String {
        let one = |(name, labels): (&String, &BTreeSet<String>)| {
            let label = labels.first().filter(|_| labels.len() == 1 && !name.contains('{'))?;
            Some((name.clone(), label.clone()))
        };
        let labels: Vec<(String, String)> = self.typed.iter().filter_map(one).collect();
        let others: Vec<&String> = self.others.iter().filter(|name| !self.typed.contains_key(*name)).collect();
        format!(
            "/// What all pages that have such a field call it.\nconst LABELS: &[(&str, &str)] = &{labels:?};\n\
             /// Fields that nobody types into; where it ends with a sign, all that begin so.\n\
             const OTHERS: &[&str] = &{others:?};\n"
        )
    }
}

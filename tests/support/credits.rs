//! Years, real schools with their rolls, allocations: how a hub of a test gets credits.

use serde_json::{Value, json};

use super::{School, TestHub};

/// The day of the census whose pupils the files of schools hold.
pub const CENSUS: &str = "2023-01-19";

/// The members of the London West Alliance in 2014, with the pupils of the census.
pub const LONDON_WEST: &str = include_str!("../data/lwa-members-2014.csv");

impl TestHub {
    /// Opens the academic year.
    pub async fn open_year(&self, year: &str) {
        self.manager().post("/v1/years", json!({ "year": year })).await.created();
    }

    /// Imports a file of schools with their pupils at the census.
    pub async fn import(&self, file: impl Into<Vec<u8>>) {
        let file = file.into();
        let header = String::from_utf8_lossy(file.split(|byte| *byte == b'\n').next().unwrap()).into_owned();
        // The files of the Department for Education have names of their own for two columns.
        let map =
            if header.contains("la_name") { "&map=local_authority:la_name,establishment_type:school_type" } else { "" };
        let path = format!("/v1/schools/import?census_date={CENSUS}{map}");
        self.manager().post(&path, None).csv(file).await.ok();
    }

    /// The 21 London West schools, in the order of their URNs, with the year 2026/27 open.
    pub async fn london_west(&self) -> Vec<School> {
        self.open_year("2026/27").await;
        self.import(LONDON_WEST).await;
        let text = |school: &Value, field: &str| school[field].as_str().unwrap().to_owned();
        let mut schools: Vec<School> = self
            .manager()
            .all("/v1/schools?limit=200")
            .await
            .iter()
            .map(|school| School { id: text(school, "id"), name: text(school, "name"), urn: text(school, "urn") })
            .collect();
        schools.sort_by(|a, b| a.urn.cmp(&b.urn));
        schools
    }

    /// Drafts an allocation by the census: the fields of `rules` over those that every draft needs.
    pub async fn draft(&self, rules: Value) -> Value {
        self.manager().post("/v1/allocations", allocation(rules)).await.created()
    }

    /// Drafts an allocation and approves it.
    pub async fn allocate(&self, rules: Value) -> Value {
        let id = self.draft(rules).await["id"].as_str().unwrap().to_owned();
        self.manager().post(&format!("/v1/allocations/{id}/approve"), None).header("if-match", "\"1\"").await.ok()
    }
}

/// The body of a draft by the census for 2026/27, with these fields over it.
pub fn allocation(rules: Value) -> Value {
    let mut body = json!({ "year": "2026/27", "census_date": CENSUS });
    for (field, value) in rules.as_object().unwrap() {
        body[field] = value.clone();
    }
    body
}

/// An amount of credits in hundredths.
pub fn hundredths(credits: &Value) -> i64 {
    let text = credits.as_str().unwrap();
    let (whole, decimals) = text.split_once('.').unwrap();
    assert_eq!(decimals.len(), 2, "{text}");
    format!("{whole}{decimals}").parse().unwrap()
}

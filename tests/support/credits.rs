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
        self.schools_by_urn().await
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

impl TestHub {
    /// Three schools A, B and C with 100, 200 and 300 pupils at the census, with the year 2026/27 open.
    pub async fn three_schools(&self) -> Vec<School> {
        self.open_year("2026/27").await;
        self.import("urn,name,pupils\n100001,A,100\n100002,B,200\n100003,C,300\n").await;
        self.schools_by_urn().await
    }

    /// All schools, in the order of their URNs.
    pub async fn schools_by_urn(&self) -> Vec<School> {
        let text = |school: &Value, field: &str| school[field].as_str().unwrap().to_owned();
        let all = self.manager().all("/v1/schools?limit=200").await;
        let mut schools: Vec<School> = all
            .iter()
            .map(|school| School { id: text(school, "id"), name: text(school, "name"), urn: text(school, "urn") })
            .collect();
        schools.sort_by(|a, b| a.urn.cmp(&b.urn));
        schools
    }

    /// Corrects the pupils of a school at the census.
    pub async fn correct_roll(&self, school: &School, pupils: u32) {
        let path = format!("/v1/schools/{}/rolls", school.id);
        self.manager().post(&path, json!({ "census_date": CENSUS, "pupils": pupils })).await.created();
    }

    /// Drafts an adjustment of an allocation.
    pub async fn correct(&self, allocation: &Value, rules: Value) -> Value {
        let path = format!("/v1/allocations/{}/adjustment", allocation["id"].as_str().unwrap());
        self.manager().post(&path, rules).await.created()
    }

    /// Approves a draft as it was made.
    pub async fn approve(&self, draft: &Value) -> Value {
        self.approval(draft).await.ok()
    }

    /// What comes of approving a draft as it was made.
    pub async fn approval(&self, draft: &Value) -> super::client::Reply {
        let path = format!("/v1/allocations/{}/approve", draft["id"].as_str().unwrap());
        self.manager().post(&path, None).header("if-match", "\"1\"").await
    }

    /// These fields of every line of an allocation, in the order of the URNs.
    pub async fn lines_of<const N: usize>(&self, allocation: &Value, fields: [&str; N]) -> Vec<[String; N]> {
        let path = format!("/v1/allocations/{}/lines?limit=200", allocation["id"].as_str().unwrap());
        let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        self.manager().all(&path).await.iter().map(|line| fields.map(|field| text(&line[field]))).collect()
    }
}

//! A hub of a test, and its people.

use serde_json::{Value, json};

use super::{Client, World, unique};

/// A hub founded through the service, with its first manager.
#[derive(Clone)]
pub struct TestHub {
    /// The world it is in.
    pub world: World,
    /// Its id.
    pub id: String,
    manager: Client,
}

/// A school of a hub.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct School {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its URN.
    pub urn: String,
}

impl World {
    /// A new hub of this name.
    pub async fn hub(&self, name: &str) -> TestHub {
        let new = json!({ "name": name, "manager_name": "Mary Manager", "manager_email": format!("manager.{}@hub.example", unique()) });
        let founded = self.operator().post("/v1/hubs", new).no_key().await.created();
        let path = self.path_of(&founded["link"]);
        let token = self.stranger().post(&path, None).await.ok()["access_token"].as_str().unwrap().to_owned();
        let me = self.stranger().with_token(token).get("/v1/me").await.ok();
        let id = founded["hub"]["id"].as_str().unwrap().to_owned();
        assert_eq!(me["hub_id"], id);
        let manager = self.person(&id, me["id"].as_str().unwrap());
        TestHub { world: self.clone(), id, manager }
    }
}

impl TestHub {
    /// Its first manager.
    pub fn manager(&self) -> Client {
        self.manager.clone()
    }

    /// Another manager, whom the operator named: they count as a second pair of eyes at once.
    pub async fn another_manager(&self) -> Client {
        let named = json!({ "email": format!("manager.{}@hub.example", unique()) });
        let path = format!("/v1/hubs/{}/managers", self.id);
        let named = self.world.operator().post(&path, named).no_key().await.created();
        self.world.person(&self.id, named["person"]["id"].as_str().unwrap())
    }

    /// Another manager, whom the first one added.
    pub async fn new_manager(&self) -> Client {
        self.join(json!({ "role": "hub_manager" })).await
    }

    /// Someone who reads everything.
    pub async fn viewer(&self) -> Client {
        self.join(json!({ "role": "hub_viewer" })).await
    }

    /// A lead of the school.
    pub async fn lead(&self, school: &School) -> Client {
        self.join(json!({ "role": "school_lead", "school_id": school.id })).await
    }

    /// A teacher of the school.
    pub async fn teacher(&self, school: &School) -> Client {
        self.join(json!({ "role": "teacher", "school_id": school.id })).await
    }

    /// A new person with this role, their name and address made up.
    async fn join(&self, mut person: Value) -> Client {
        let number = unique();
        person["name"] = format!("Person {number:09}").into();
        person["email"] = format!("person.{number}@hub.example").into();
        let person = self.manager.post("/v1/people", person).await.created();
        self.world.person(&self.id, person["id"].as_str().unwrap())
    }

    /// A new full member of this name, whose lead's own bookings are confirmed at once.
    pub async fn school(&self, name: &str) -> School {
        let urn = (100_000 + unique()).to_string();
        let id = hub_credits::base::clock::new_id(self.world.clock.now());
        let hub: uuid::Uuid = self.id.parse().unwrap();
        let mut tx = self.world.db().write_everywhere().await.unwrap();
        tx.query(
            "INSERT INTO schools (hub_id, id, urn, name, name_key, phase, membership, own_approval, version, created_at)
             VALUES ($1, $2, $3, $4, $6, 'secondary', 'full', TRUE, 1, $5)",
        )
        .bind(hub)
        .bind(id)
        .bind(urn.clone())
        .bind(name.to_owned())
        .bind(self.world.clock.now())
        .bind(hub_credits::base::text::Line::parse(name).unwrap().key())
        .run()
        .await
        .unwrap()
        .exactly(1)
        .unwrap();
        tx.query(
            "INSERT INTO school_identifiers (hub_id, school_id, scheme, number, value, recorded_at)
             VALUES ($1, $2, 'urn', 1, $3, $4)",
        )
        .bind(hub)
        .bind(id)
        .bind(urn.clone())
        .bind(self.world.clock.now())
        .run()
        .await
        .unwrap()
        .exactly(1)
        .unwrap();
        tx.commit().await.unwrap();
        School { id: id.to_string(), name: name.to_owned(), urn }
    }
}

//! The demonstration in a world, with a browser for each of its roles.

use hub_credits::base::config::Demonstrated;
use hub_credits::base::text::Email;
use hub_credits::demo;
use hub_credits::members::hubs::Hub;
use hub_credits::members::people;

use super::{Client, Given, Service, Tab, World, marks};

/// The demonstration, served.
pub struct Demonstration {
    service: Service,
    world: World,
    hub: Hub,
}

impl Given for Demonstration {
    async fn of(world: World) -> Demonstration {
        let hub = demo::build(world.db(), &marks(), &world.clock, |_| {}).await.unwrap();
        // Of several with one role, the first is known by the role alone.
        let logins = demo::LOGINS.map(|(role, name, email)| Demonstrated {
            secret: role.as_str().to_owned(),
            email: Email::parse(email).unwrap(),
            name: name.to_owned(),
            role: role.to_string(),
        });
        let service = world.another_service(|settings| settings.demonstration = logins.to_vec());
        Demonstration { service, world, hub }
    }
}

impl Demonstration {
    /// A new browser, in which somebody of a role has signed in.
    pub async fn tab(&self, role: &str) -> Tab {
        let tab = Tab::new(&self.service.address);
        assert_eq!(tab.get(&format!("/demo/{role}")).await.location(), "/", "{role}");
        tab
    }

    /// The same person as a caller of the API.
    pub async fn caller(&self, role: &str) -> Client {
        let (.., email) = demo::LOGINS.into_iter().find(|(known, ..)| known.as_str() == role).unwrap();
        let mut tx = self.world.db().read_everywhere().await.unwrap();
        let person = people::by_email(&mut tx, &Email::parse(email).unwrap()).await.unwrap().remove(0);
        self.world.person(&self.hub.id.to_string(), &person.id.to_string())
    }
}

//! What tokens and the key file are tried by.

use super::*;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use uuid::Uuid;

fn at(second: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(second, 0).unwrap()
}

fn alone(subject: Subject) -> Proven {
    Proven { subject, session: None }
}

#[test]
fn a_token_lives_from_its_issue_to_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let keys = Keys::open(&folder.path().join("keys/signing.pem")).unwrap();
    let subject = Subject::Person(HubId(Uuid::from_u128(1)), PersonId(Uuid::from_u128(2)));
    let token = keys.issue(subject, at(1000), TimeDelta::seconds(60)).unwrap();
    assert_eq!(keys.verify(&token, at(1000)), Ok(alone(subject)));
    assert_eq!(keys.verify(&token, at(1059)), Ok(alone(subject)));
    assert_eq!(keys.verify(&token, at(1060)), Err(Refused::Expired));
    assert_eq!(keys.verify(&token, at(940)), Ok(alone(subject)), "by a clock that is a minute behind");
    assert_eq!(keys.verify(&token, at(939)), Err(Refused::Expired));
    let of_session = Proven { subject, session: Some(LoginSessionId(Uuid::from_u128(3))) };
    let token = keys.issue_in(of_session, at(1000), TimeDelta::seconds(60)).unwrap();
    assert_eq!(keys.verify(&token, at(1000)), Ok(of_session));
    let operator = keys.issue(Subject::Operator, at(1000), TimeDelta::seconds(60)).unwrap();
    assert_eq!(keys.verify(&operator, at(1000)), Ok(alone(Subject::Operator)));
}

#[test]
fn other_keys_and_algorithms_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let (ours, theirs) =
        (Keys::open(&folder.path().join("a.pem")).unwrap(), Keys::open(&folder.path().join("b.pem")).unwrap());
    let token = theirs.issue(Subject::Operator, at(1000), TimeDelta::seconds(60)).unwrap();
    assert_eq!(ours.verify(&token, at(1000)), Err(Refused::Invalid));

    let claims = |iss: &str, aud: &str| {
        let (iss, aud, sub) = (iss.to_owned(), aud.to_owned(), "operator".to_owned());
        Claims { iss, aud, sub, hub: None, sid: None, iat: 1000, nbf: 1000, exp: 2000 }
    };
    let signed = |claims: &Claims| {
        let ring = ours.ring();
        let header = Header { kid: Some(ring.kid.clone()), ..Header::new(Algorithm::EdDSA) };
        jsonwebtoken::encode(&header, claims, &ring.signing).unwrap()
    };
    assert_eq!(ours.verify(&signed(&claims(ISSUER, AUDIENCE)), at(1000)), Ok(alone(Subject::Operator)));
    assert_eq!(ours.verify(&signed(&claims(ISSUER, "another-service")), at(1000)), Err(Refused::Invalid));
    assert_eq!(ours.verify(&signed(&claims("another-service", AUDIENCE)), at(1000)), Err(Refused::Invalid));
    let x = serde_json::to_value(ours.published()).unwrap()["keys"][0]["x"].as_str().unwrap().to_owned();
    let header = Header { kid: Some(ours.ring().kid.clone()), ..Header::new(Algorithm::HS256) };
    let forged =
        jsonwebtoken::encode(&header, &claims(ISSUER, AUDIENCE), &EncodingKey::from_secret(x.as_bytes())).unwrap();
    assert_eq!(ours.verify(&forged, at(1000)), Err(Refused::Invalid));

    let good = ours.issue(Subject::Operator, at(1000), TimeDelta::seconds(60)).unwrap();
    let payload = good.split('.').nth(1).unwrap();
    let none = format!("eyJhbGciOiJub25lIn0.{payload}.");
    assert_eq!(ours.verify(&none, at(1000)), Err(Refused::Invalid));
    assert_eq!(ours.verify("", at(1000)), Err(Refused::Invalid));
}

#[test]
fn the_key_file_is_private_kept_and_can_be_replaced() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("signing.pem");
    let first = Keys::open(&file).unwrap();
    let kid = |keys: &Keys| keys.published().keys[0].common.key_id.clone().unwrap();
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert_eq!(kid(&Keys::open(&file).unwrap()), kid(&first));
    let old = first.issue(Subject::Operator, at(1000), TimeDelta::seconds(60)).unwrap();
    let second = Keys::rotate(&file).unwrap();
    assert_eq!(second.verify(&old, at(1000)), Ok(alone(Subject::Operator)));
    let third = Keys::rotate(&file).unwrap();
    assert_eq!((third.published().keys.len(), third.verify(&old, at(1000))), (2, Err(Refused::Invalid)));
    fs::write(&file, "nonsense").unwrap();
    assert!(matches!(Keys::open(&file), Err(KeyFileError::NotKeys(_))));
    let left: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["signing.pem"], "no draft is left behind");
}

#[test]
fn whoever_holds_the_keys_follows_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("signing.pem");
    let held = Keys::open(&file).unwrap();
    let token = |keys: &Keys| keys.issue(Subject::Operator, at(1000), TimeDelta::seconds(60)).unwrap();
    let first = token(&held);
    let new = token(&Keys::rotate(&file).unwrap());
    assert_eq!(held.verify(&new, at(1000)), Ok(alone(Subject::Operator)), "of the new key, at once");
    assert_eq!(held.verify(&first, at(1000)), Ok(alone(Subject::Operator)));
    let newer = Keys::rotate(&file).unwrap();
    assert_eq!(newer.verify(&token(&held), at(1000)), Ok(alone(Subject::Operator)), "it signs with the newest");
    assert_eq!(held.verify(&first, at(1000)), Err(Refused::Invalid), "remembered, but of a key that is no more");
    fs::write(&file, "nonsense").unwrap();
    assert_eq!(held.verify(&new, at(1000)), Ok(alone(Subject::Operator)), "the keys of before");
    fs::remove_file(&file).unwrap();
    assert!(!held.refresh());
}

#[test]
fn a_key_file_that_others_can_read_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("signing.pem");
    Keys::open(&file).unwrap();
    for mode in [0o640, 0o604, 0o660, 0o620] {
        fs::set_permissions(&file, fs::Permissions::from_mode(mode)).unwrap();
        let said = Keys::open(&file).err().unwrap().to_string();
        assert!(said.contains(&format!("mode {mode:04o}")) && said.contains("chmod 600"), "{said}");
        assert!(matches!(Keys::rotate(&file), Err(KeyFileError::Open(..))));
    }
    fs::set_permissions(&file, fs::Permissions::from_mode(0o400)).unwrap();
    Keys::open(&file).unwrap();
}

#[test]
fn many_who_find_no_key_file_make_one() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("keys/signing.pem");
    let made = std::thread::scope(|scope| {
        let all: Vec<_> = (0..16).map(|_| scope.spawn(|| Keys::open(&file).unwrap())).collect();
        all.into_iter().map(|one| one.join().unwrap()).collect::<Vec<_>>()
    });
    let token = made[0].issue(Subject::Operator, at(1000), TimeDelta::seconds(60)).unwrap();
    assert!(made.iter().all(|keys| keys.ring().check(&token).is_ok()));
}

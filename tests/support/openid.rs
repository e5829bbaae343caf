//! Providers of OpenID Connect: a stub that answers whatever a test has it answer, and a real one in a process of its own.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair};
use hub_credits::base::config::Given;
use hub_credits::base::openid::{Settings, checked};
use jsonwebtoken::jwk::Jwk;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// The client that every provider knows the service as, and its secret.
pub const CLIENT: &str = "hub";
/// The client's secret.
pub const SECRET: &str = "a secret of 32 signs & more: =?/+";

/// Providers as a settings file has them.
pub fn providers(toml: &str) -> Vec<Settings> {
    let given: Given = toml::from_str(toml).unwrap();
    checked(given.openid.unwrap()).unwrap()
}

/// A key that signs tokens.
#[derive(Clone)]
pub struct Signer {
    algorithm: Algorithm,
    kid: String,
    key: EncodingKey,
    jwk: Value,
}

impl Signer {
    /// A new key of this name for RS256, ES256 or EdDSA.
    pub fn new(algorithm: Algorithm, kid: &str) -> Signer {
        let pem = |der: &[u8]| pem::encode(&pem::Pem::new("PRIVATE KEY", der.to_vec()));
        let random = SystemRandom::new();
        let key = match algorithm {
            Algorithm::RS256 => {
                let der = KeyPair::generate(KeySize::Rsa2048).unwrap().as_der().unwrap();
                EncodingKey::from_rsa_pem(pem(der.as_ref()).as_bytes()).unwrap()
            }
            Algorithm::ES256 => {
                let der = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
                EncodingKey::from_ec_pem(pem(der.as_ref()).as_bytes()).unwrap()
            }
            Algorithm::EdDSA => {
                let der = Ed25519KeyPair::generate_pkcs8v1(&random).unwrap();
                EncodingKey::from_ed_pem(pem(der.as_ref()).as_bytes()).unwrap()
            }
            other => panic!("{other:?} is not believed"),
        };
        let mut jwk = serde_json::to_value(Jwk::from_encoding_key(&key, algorithm).unwrap()).unwrap();
        (jwk["kid"], jwk["use"]) = (kid.into(), "sig".into());
        Signer { algorithm, kid: kid.to_owned(), key, jwk }
    }

    /// The public key, as it is published.
    pub fn published(&self) -> Value {
        self.jwk.clone()
    }

    /// A token with these claims.
    pub fn sign(&self, claims: &Value) -> String {
        self.sign_under(&Header { kid: Some(self.kid.clone()), ..Header::new(self.algorithm) }, claims)
    }

    /// A token with these claims under another header.
    pub fn sign_under(&self, header: &Header, claims: &Value) -> String {
        jsonwebtoken::encode(header, claims, &self.key).unwrap()
    }
}

/// How a stub answers at one path, in place of what it would say.
#[derive(Clone)]
pub enum Answers {
    /// With this status and body.
    With(u16, String),
    /// With more than anybody reads.
    Hugely,
    /// Never.
    Never,
    /// By pointing there.
    Elsewhere(String),
}

/// What a stub knows, to be set by the test.
#[derive(Default)]
pub struct Knows {
    /// What stands in the path of its issuer: `/common/v2.0`.
    pub path: String,
    /// What it calls itself; its address and path where that is not set.
    pub issuer: Option<String>,
    /// More of what it says of itself.
    pub document: Value,
    /// The keys that it publishes.
    pub keys: Vec<Value>,
    /// The ID token that it gives for the code.
    pub token: String,
    /// What it tells of the person whose token is `access`.
    pub userinfo: Value,
    /// What it answers otherwise, by path.
    pub otherwise: HashMap<String, Answers>,
    /// The challenge that the code was asked for with.
    pub challenge: String,
    /// How often each path was asked for.
    pub asked: HashMap<String, usize>,
    /// How the client last showed who it is, and what else it sent for a code.
    pub shown: (Option<String>, HashMap<String, String>),
}

/// A provider that answers whatever it is to answer.
pub struct Stub {
    /// `http://127.0.0.1:…`
    pub address: String,
    path: String,
    knows: Arc<Mutex<Knows>>,
}

impl Stub {
    /// One whose issuer has this path.
    pub fn start(path: &str) -> Stub {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let knows = Arc::new(Mutex::new(Knows { path: path.to_owned(), document: json!({}), ..Knows::default() }));
        let (served, of) = (knows.clone(), address.clone());
        // It ends with the process: nobody asks it any more then.
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let (knows, address) = (served.clone(), of.clone());
                std::thread::spawn(move || drop(serve(stream, &address, &knows)));
            }
        });
        Stub { address, path: path.to_owned(), knows }
    }

    /// Its issuer.
    pub fn issuer(&self) -> String {
        format!("{}{}", self.address, self.path)
    }

    /// Looks at what it knows, or changes it.
    pub fn know<T>(&self, change: impl FnOnce(&mut Knows) -> T) -> T {
        change(&mut self.knows.lock().unwrap())
    }

    /// How often a path was asked for.
    pub fn asked(&self, path: &str) -> usize {
        self.know(|knows| knows.asked.get(path).copied().unwrap_or(0))
    }

    /// It as a settings file has it, with more lines.
    pub fn settings(&self, kind: &str, more: &str) -> Vec<Settings> {
        providers(&format!(
            "[[openid]]\nname = 'stub'\nlabel = 'School account'\nissuer = '{}'\nclient_id = '{CLIENT}'\nclient_secret = '{SECRET}'\nkind = '{kind}'\n{more}",
            self.issuer()
        ))
    }
}

fn serve(stream: TcpStream, address: &str, knows: &Mutex<Knows>) -> std::io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    let mut reader = BufReader::new(stream.try_clone()?);
    let mut head = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line)?;
        if line.trim().is_empty() {
            break;
        }
        head.push(line.trim().to_owned());
    }
    let header = |name: &str| {
        let named = |line: &&String| line.to_lowercase().starts_with(&format!("{name}:"));
        head.iter().find(named).and_then(|line| line.split_once(':')).map(|(_, value)| value.trim().to_owned())
    };
    let length = header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let path =
        head.first().and_then(|line| line.split(' ').nth(1)).unwrap_or("/").split('?').next().unwrap().to_owned();
    let answer = {
        let mut knows = knows.lock().unwrap();
        *knows.asked.entry(path.clone()).or_default() += 1;
        match knows.otherwise.get(&path).cloned() {
            Some(answer) => answer,
            None => knows.answer(&path, address, header("authorization"), &body),
        }
    };
    let mut stream = stream;
    match answer {
        Answers::With(status, body) => write!(
            stream,
            "HTTP/1.1 {status} X\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
            body.len()
        ),
        Answers::Hugely => {
            write!(stream, "HTTP/1.1 200 X\r\ncontent-type: application/json\r\nconnection: close\r\n\r\n{{\"x\":\"")?;
            for _ in 0..1024 {
                stream.write_all(&[b'x'; 65_536])?;
            }
            Ok(())
        }
        Answers::Never => {
            // Until the other side has had enough.
            drop(stream.read(&mut [0; 1]));
            Ok(())
        }
        Answers::Elsewhere(to) => {
            write!(stream, "HTTP/1.1 302 X\r\nlocation: {to}\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        }
    }
}

impl Knows {
    fn answer(&mut self, path: &str, address: &str, authorization: Option<String>, body: &[u8]) -> Answers {
        let json = |status, value: Value| Answers::With(status, value.to_string());
        match path {
            _ if path == format!("{}/.well-known/openid-configuration", self.path) => {
                let mut document = json!({
                    "issuer": self.issuer.clone().unwrap_or_else(|| format!("{address}{}", self.path)),
                    "authorization_endpoint": format!("{address}/authorize"),
                    "token_endpoint": format!("{address}/token"),
                    "userinfo_endpoint": format!("{address}/userinfo"),
                    "jwks_uri": format!("{address}/keys"),
                });
                document.as_object_mut().unwrap().extend(self.document.as_object().unwrap().clone());
                json(200, document)
            }
            "/keys" => json(200, json!({ "keys": self.keys })),
            "/userinfo" if authorization.as_deref() == Some("Bearer access") => json(200, self.userinfo.clone()),
            "/token" => {
                let form: HashMap<String, String> = url::form_urlencoded::parse(body).into_owned().collect();
                let verifier = form.get("code_verifier").map(String::as_str).unwrap_or_default();
                let challenge = base64url(&Sha256::digest(verifier.as_bytes()));
                let good = form.get("code").is_some_and(|code| code == "good") && challenge == self.challenge;
                self.shown = (authorization, form);
                if good {
                    json(200, json!({ "access_token": "access", "token_type": "Bearer", "id_token": self.token }))
                } else {
                    json(400, json!({ "error": "invalid_grant" }))
                }
            }
            _ => json(404, json!({ "error": "not_found" })),
        }
    }
}

fn base64url(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::prelude::BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

/// A real provider, npm's `oidc-provider`, in a process of its own.
pub struct RealProvider {
    /// Its issuer.
    pub issuer: String,
    child: Child,
}

impl RealProvider {
    /// Starts it for a service at this address. None where node or the package is not there and not required: the test
    /// says that it did not run.
    pub fn start(redirect: &str, email: &str) -> Option<RealProvider> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let tools = std::env::var_os("HUB_CREDITS_TOOLS").map_or_else(|| root.join("target/tools"), PathBuf::from);
        let package = tools.join("node_modules/oidc-provider/lib/index.js");
        let missing = |what: &str| {
            let required = std::env::var("HUB_CREDITS_REQUIRE_OPENID").is_ok_and(|value| value == "1");
            assert!(!required, "HUB_CREDITS_REQUIRE_OPENID=1, and {what}");
            eprintln!("did not run: {what}");
            None
        };
        if !package.exists() {
            return missing(&format!(
                "{} is not there: npm install --prefix target/tools oidc-provider",
                package.display()
            ));
        }
        let mut command = Command::new("node");
        command.arg(root.join("tests/openid/provider.mjs")).arg(&package).args([redirect, CLIENT, SECRET, email]);
        let Ok(mut child) = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn()
        else {
            return missing("node was not found");
        };
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let issuer = line.trim().to_owned();
        assert!(issuer.starts_with("http://"), "the provider does not start: {issuer:?}");
        Some(RealProvider { issuer, child })
    }

    /// It as a settings file has it: for each algorithm of its tokens; one that refuses everybody; and one whose secret is
    /// another.
    pub fn settings(&self) -> Vec<Settings> {
        let one = |name: &str, client: &str, secret: &str| {
            format!(
                "[[openid]]\nname = '{name}'\nissuer = '{}'\nclient_id = '{client}'\nclient_secret = '{secret}'\n",
                self.issuer
            )
        };
        let algorithms = ["RS256", "ES256", "EdDSA"];
        let mut all =
            algorithms.map(|one_of| one(&one_of.to_lowercase(), &format!("{CLIENT}-{one_of}"), SECRET)).concat();
        all.push_str(&one("refuses", &format!("{CLIENT}-refuses"), SECRET));
        all.push_str(&one("stranger", &format!("{CLIENT}-RS256"), "another"));
        providers(&all)
    }
}

impl Drop for RealProvider {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

//! The texts of the schema: each is found, has a number of its own, and is never edited.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use hub_credits::base::db::Db;
use sha2::{Digest, Sha384};
use sqlx::migrate::{Migration, Migrator};

use crate::support::Engine;

/// The texts of all releases, each with its SHA-384: what a database records of it, and is refused by where it is another.
const TEXTS: &[(&str, &str)] = &[
    (
        "migrations/0001_hub_credits.sql",
        "1a065d7809b4e6dbce94035b95d45c4b27f88636677bda53fc0f74da55a3126623f8a9f6413122918cae4fab8bed38eb",
    ),
    (
        "migrations/0003_settlements.sql",
        "1e1128599f22a6a2c99f4335a65eea907d3720abec05c047939c8d23b07669f6916487b6060454188ddf2a37bebfb592",
    ),
    (
        "migrations/0004_offers.sql",
        "b0d7fa1939e039c6fba5e143a8bf531e123f9ab18905cf5fb8174010585239a8c5d5bee18c9f2a4b66acc5664a00e594",
    ),
    (
        "migrations/0005_commissions.sql",
        "3545bdd36b42b722d6d43ab0ace531fc8ffe1f4dbb5dfea072629d26712dc179d0af9693dd3b2907cc503d13e717f445",
    ),
    (
        "migrations/0006_partner_drafts.sql",
        "546a3147eac3338d1c35d8411595840397751b7d029fc4ad14307b903e4ce574c859da2043a62fbea87dd2ff7ebe74e4",
    ),
    (
        "migrations/0007_sign_in.sql",
        "b50a7a7194399aefe006f08dca07508a1152511e90fc85730a580708afe7e65fbcf309a1f7375a01db18590817cc4cb8",
    ),
    (
        "migrations/0008_openid_and_keys.sql",
        "6cdef927e7e7c6ea8d906e025adc43a8c20d69c5baaaa72ea6839d353d415c7d5210f3a3563f7eb1e1fae294c3278d42",
    ),
    (
        "migrations/0009_people.sql",
        "5411db4a5a2c43483d237711e1fe374b68b0cd922326ee0ae9a13770ef51e4b5c45dca03e93e4df134aa2072ee04a9b4",
    ),
    (
        "migrations/0012_support_told.sql",
        "fab38c103ef43acc3bb620eca37e6acdc9a25f0d1d7cc377a58cf18bdcc9982488b911e41b7c5a54641ce890eee61a59",
    ),
    (
        "migrations/0010_audit.sql",
        "020b4e7e74da92303b7ef0d89591a1c67c98a541788b5f7f32b11ad4acd2cc9569f63e32e2a34cd10a8db0e465556f8d",
    ),
    (
        "migrations/0015_public_programme.sql",
        "06fbfc000e5307547e0627230552ec72c01c31def1c3e03289dd6c28bc67fa579d2b8ddbb4f6e09122a329a5c4dee992",
    ),
    (
        "migrations/0016_reasons_and_filters.sql",
        "fb4f9f9473ad0d8c9f13047d10faa5505c17300e1f013788a8b020c0bd000f2495411c82fe1d801e1fee63d64ce30e87",
    ),
    (
        "migrations/0018_outbox.sql",
        "b77f3965d3a23bd8264f32d98eda2014c639ab1c977bfa3e04048be91039372d2012df49907181802da45c972a036d7c",
    ),
    (
        "migrations/0019_letter_choices.sql",
        "6174d158d49714c7dc4002a54850223d07271dd58435e0de357ba2b39d0711fb805b3a0435cc6911ca7ba187bea6bb63",
    ),
    (
        "migrations/0020_webhooks.sql",
        "ae2064b7749489c37dd76ecc86a7da0a17010e50869a17e9d2d1afc5fcdb0d6dc7679d4300172a76a3302c40f857854a",
    ),
    (
        "migrations/0021_commissions_listed.sql",
        "c123cf51c329b923efc41bce6b349810214b511f7f040f0fc1a2581148221143224d77feb29bb9207a0c0baa67b473fa",
    ),
    (
        "migrations/0022_reminders.sql",
        "3d5633f9506083526c4fe21182714c4b3f7deeb4790540adfcd8acdb4288509267a806224c0b7afccf32d17a836cbcbf",
    ),
    (
        "migrations/0023_calendar_invitations.sql",
        "8582a8263d0655df4903029c4e26090f1f53c87946e9dcc29faf23e30708ab53ac9b2d0b6a595b3a9660111111f3e8e6",
    ),
    (
        "migrations/0024_announcements.sql",
        "42069d5b7280d4b5db0c212636e9341d5673dfa1da6d64f1ed4b8113efef755ceed1682148bead5b2a6517631c6d6157",
    ),
    (
        "migrations/0025_newsletter.sql",
        "52c93d73e1f50bd51c4598e8a42d3c8bf76b0ac95e889437209511b3b102907e724a85a8dbc344646fa6d18152b23783",
    ),
    (
        "migrations/0026_hub_colour.sql",
        "29d7fdc5d04bfbfc51f8f141b50d9e5d68471d1a947e2c1a71cfc4d4c1ebfac9eed91bc5bc88ae02b4f4d1130563f738",
    ),
    (
        "migrations/0027_fewer_trees.sql",
        "04e58f1da6893a76d7dd7ff5586ab8c853e9b4be6811e766a5764e622cc1959c42f3b5b02e7b4dba2db12db335819692",
    ),
    (
        "migrations/postgres/0002_postgres.sql",
        "03e8300ad58a49d7af693ffe919dc4bc3b1cb4a5cc8f3bb68f53b004bccf47ff27634cb6cc586c8b82497a5aeaaae260",
    ),
    (
        "migrations/postgres/0011_walls.sql",
        "6aa3d582b626011e92b1aeca4d87aa7335d33c68d0a097c9a44dfc6d783dfd542fc2b6c8af227f5e9744b2d085972ea2",
    ),
    (
        "migrations/postgres/0013_audit.sql",
        "e36c2c94d0a176031eb90a0537b5a09de9371fbe10efd8d54d094f03e58de76fc359aa51246e5695b6516420c08744c6",
    ),
    (
        "migrations/postgres/0014_audit_targets.sql",
        "46aa126287797e1d7b63481bd183b66b6b7d52075fecb59c96f5cb57f0d3eee8b01e50f98c48d781f718cc4f3e35dc12",
    ),
    (
        "migrations/sqlite/0002_sqlite.sql",
        "445d214d3650bda7cad0dd57a87f5ded301d4b270ca71154f71b44671cc230f392165c23cfa9fd9a84ea46d2d659ce3d",
    ),
    (
        "migrations/sqlite/0013_audit.sql",
        "609a499fdb5a72f7d86310804d0f64ffe68556c973d9cee7d4dcdbd7e6bbf28690ddc39f19cb81f60a386036887e2000",
    ),
    (
        "migrations/sqlite/0014_audit_targets.sql",
        "a5487f7f424b83933891eca9d18c35e43fe6df23df763c7e43d351bd8edd22fa667f7b434172ff75bfb59a8d335f621b",
    ),
];

/// The texts in a folder of the migrations, by their number.
fn texts(folder: &str) -> BTreeMap<i64, PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("migrations").join(folder);
    let files = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file());
    let mut texts = BTreeMap::new();
    for file in files {
        let name = file.file_name().unwrap().to_str().unwrap();
        let number = name.strip_suffix(".sql").and_then(|name| name.split_once('_')).map(|(number, _)| number);
        let number = number.filter(|number| number.len() == 4).and_then(|number| number.parse().ok());
        let number = number.unwrap_or_else(|| panic!("{name} is named as no migration is: 0003_what_it_does.sql"));
        assert!(texts.insert(number, file.clone()).is_none(), "two migrations have the number {number}");
    }
    texts
}

#[test]
fn no_text_of_a_release_is_edited() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let files = ["", "postgres", "sqlite"].into_iter().flat_map(|folder| texts(folder).into_values());
    let found: BTreeMap<String, String> = files
        .map(|file| {
            let named = file.strip_prefix(root).unwrap().to_str().unwrap().to_owned();
            let sha = Sha384::digest(std::fs::read(file).unwrap());
            (named, hex::encode(sha))
        })
        .collect();
    let mut wrong = Vec::new();
    for (file, released) in TEXTS {
        match found.get(*file) {
            None => wrong.push(format!("{file} is gone: put it back")),
            Some(now) if now != released => wrong.push(format!(
                "{file} is not what it was ({now}): put it back, and write what changes in a new migration. Databases of \
                 a release have run it, and would be refused"
            )),
            Some(_) => {}
        }
    }
    let new = found.iter().filter(|(file, _)| TEXTS.iter().all(|(known, _)| known != file));
    wrong.extend(new.map(|(file, now)| format!("{file} is new: add it to TEXTS, (\"{file}\", \"{now}\")")));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Every text of the folders is in the binary, and none of an engine has the number of one of both.
#[test]
fn no_text_is_forgotten() {
    for (engine, folder) in [(Engine::Sqlite, "sqlite"), (Engine::Postgres, "postgres")] {
        let (both, own) = (texts(""), texts(folder));
        let twice: Vec<&i64> = own.keys().filter(|number| both.contains_key(number)).collect();
        assert!(twice.is_empty(), "two migrations have these numbers: {twice:?}");
        let Some(database) = engine.empty_database() else { continue };
        tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
            let db = Db::connect(&database.url, 1).await.unwrap();
            assert_eq!(db.migrate().await.unwrap(), both.len() + own.len());
            db.close().await;
        });
    }
}

/// SQLite makes some tables again, to say how they lie: they are those of the text for both.
#[test]
fn what_sqlite_makes_again_is_the_same() {
    tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(async {
        let texts: Vec<Migration> = BOTH.iter().chain(SQLITE.iter()).cloned().collect();
        let of_both = made(&texts, 1).await;
        let mut of_sqlite = made(&texts, 2).await;
        assert!(of_both.len() > 90, "{}", of_both.len());
        for name in ["transactions", "entries", "changes"] {
            let text = of_sqlite.get_mut(name).unwrap();
            *text = text.strip_suffix(" WITHOUT ROWID").unwrap().to_owned();
        }
        for (name, text) in &of_both {
            assert_eq!(of_sqlite.remove(name).as_ref(), Some(text), "{name}");
        }
        assert!(of_sqlite.is_empty(), "{of_sqlite:?}");
    });
}

static BOTH: Migrator = sqlx::migrate!("./migrations");
static SQLITE: Migrator = sqlx::migrate!("./migrations/sqlite");

/// The tables and indexes of a file, up to a migration, by their names: each as it was made, without comments.
async fn made(texts: &[Migration], last: i64) -> BTreeMap<String, String> {
    let database = Engine::Sqlite.empty_database().unwrap();
    let db = Db::connect(&database.url, 1).await.unwrap();
    let Db::Sqlite { write, .. } = &db else { unreachable!() };
    Migrator::with_migrations(texts.to_vec()).run_to(last, write).await.unwrap();
    let sql = "SELECT name, sql FROM sqlite_master WHERE type IN ('table', 'index') AND name <> 'sqlite_stat1' AND sql IS NOT NULL";
    let rows: Vec<(String, String)> = db.read_everywhere().await.unwrap().query(sql).all().await.unwrap();
    db.close().await;
    let bare = |text: &str| {
        let lines = text.lines().map(|line| line.split_once("--").map_or(line, |(before, _)| before));
        lines.flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ")
    };
    rows.into_iter().map(|(name, text)| (name, bare(&text))).collect()
}

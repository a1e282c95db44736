//! Finding and starting the browser.

use crate::page::Page;
use crate::pipe::Pipe;
use serde_json::json;
use std::env;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

const NAMES: [&str; 5] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
];

/// Starts Chromium between this program's pipes: it reads requests from its file 3 and writes to
/// its file 4. It ends when the pipe does, however this program ends; then its profile is removed.
const START: &str = r#"
profile=$1; shift
"$@" --user-data-dir="$profile" 3<&0 4>&1 </dev/null >/dev/null 2>"$profile.log"
rm -rf "$profile" "$profile.log"
"#;

const FLAGS: [&str; 15] = [
    "--headless=new",
    "--remote-debugging-pipe",
    // Containers and root have no sandbox; what is opened is our own.
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-extensions",
    "--disable-sync",
    "--disable-component-update",
    "--disable-background-networking",
    "--host-resolver-rules=MAP * ~NOTFOUND",
    // Pages that are not in front run as if they were.
    "--disable-background-timer-throttling",
    "--disable-renderer-backgrounding",
    "--disable-backgrounding-occluded-windows",
    "--font-render-hinting=none",
];

/// A running Chromium without a window.
pub struct Browser {
    pipe: Mutex<Pipe>,
    /// Ends by itself when the pipe is closed.
    _shell: Child,
}

impl Browser {
    /// The Chromium of this machine: what the variable `CHROMIUM` names, or the first of
    /// `chromium`, `chromium-browser`, `google-chrome`, `google-chrome-stable`, `chrome` on the
    /// path.
    #[must_use]
    pub fn find() -> Option<PathBuf> {
        if let Some(named) = env::var_os("CHROMIUM").filter(|named| !named.is_empty()) {
            return Some(PathBuf::from(named));
        }
        let path = env::var_os("PATH")?;
        let folders: Vec<PathBuf> = env::split_paths(&path).collect();
        let mut places = NAMES
            .iter()
            .flat_map(|name| folders.iter().map(move |folder| folder.join(name)));
        places.find(|place| place.is_file())
    }

    /// The browser of this program, started when it is first asked for; `None`, said once on
    /// standard error, where there is no Chromium.
    #[must_use]
    pub fn shared() -> Option<&'static Browser> {
        static SHARED: OnceLock<Option<Browser>> = OnceLock::new();
        let start = || {
            let Some(path) = Browser::find() else {
                // Not by a macro, whose output the test harness would keep to itself.
                let says = "no Chromium on the path or in CHROMIUM: tests of pages are skipped";
                let _ = writeln!(io::stderr(), "{says}");
                return None;
            };
            Some(Browser::start(&path))
        };
        SHARED.get_or_init(start).as_ref()
    }

    fn start(path: &PathBuf) -> Browser {
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let unique = now.map_or(0, |now| now.as_nanos());
        let name = format!("chainrule-browser-{}-{unique}", std::process::id());
        let child = Command::new("sh")
            .args(["-c", START, "sh"])
            .arg(env::temp_dir().join(name))
            .arg(path)
            .args(FLAGS)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn();
        let mut child = child.expect("a shell to start the browser from");
        let to = child.stdin.take().expect("a pipe to the browser");
        let from = child.stdout.take().expect("a pipe from the browser");
        let browser = Browser {
            pipe: Mutex::new(Pipe::new(to, from)),
            _shell: child,
        };
        // Whatever is wrong with it shows here.
        browser.pipe().ask("", "Browser.getVersion", &json!({}));
        browser
    }

    /// A new page, in a profile of its own.
    #[must_use]
    pub fn page(&self) -> Page<'_> {
        Page::new(self)
    }

    pub(crate) fn pipe(&self) -> MutexGuard<'_, Pipe> {
        // A test that failed in the middle of an answer leaves the pipe usable.
        self.pipe.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

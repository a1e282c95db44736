//! Chromium's protocol over its pipe: JSON texts, each ended by a zero byte. Requests go one way,
//! answers and events come back the other.

use serde_json::{Value, json};
use std::collections::{HashMap, VecDeque};
use std::io::{BufRead, BufReader, Read, Write};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

/// How long an answer may take. A browser that hangs fails the test, it does not stop it.
const PATIENCE: Duration = Duration::from_secs(60);

/// Both ends of the pipe, and the events that nobody has asked for yet.
pub(crate) struct Pipe {
    to: Box<dyn Write + Send>,
    from: Receiver<Value>,
    last: u64,
    /// By session.
    events: HashMap<String, VecDeque<Event>>,
}

/// Something that happened in a page.
pub(crate) struct Event {
    pub(crate) method: String,
    pub(crate) parameters: Value,
}

impl Pipe {
    pub(crate) fn new(to: impl Write + Send + 'static, from: impl Read + Send + 'static) -> Pipe {
        let (sender, receiver) = channel();
        // A thread, so that waiting for the browser can end.
        std::thread::spawn(move || {
            for text in BufReader::new(from).split(0) {
                let message = text
                    .ok()
                    .and_then(|text| serde_json::from_slice(&text).ok());
                let Some(message) = message else { break };
                if sender.send(message).is_err() {
                    break;
                }
            }
        });
        Pipe {
            to: Box::new(to),
            from: receiver,
            last: 0,
            events: HashMap::new(),
        }
    }

    /// Asks, and waits for the answer. An empty session is the browser itself.
    ///
    /// # Panics
    /// If the browser refuses, has gone, or does not answer.
    pub(crate) fn ask(&mut self, session: &str, method: &str, parameters: &Value) -> Value {
        self.last += 1;
        let id = self.last;
        let mut request = json!({ "id": id, "method": method, "params": parameters });
        if !session.is_empty() {
            request["sessionId"] = session.into();
        }
        let mut text = request.to_string().into_bytes();
        text.push(0);
        let sent = self.to.write_all(&text).and_then(|()| self.to.flush());
        assert!(sent.is_ok(), "{method}: the browser has gone");
        loop {
            let mut message = self.receive(method);
            if message["id"] == id {
                let error = &message["error"];
                assert!(error.is_null(), "{method}: the browser says {error}");
                return message["result"].take();
            }
            self.keep(message);
        }
    }

    /// Waits for an event of a session, and takes it.
    pub(crate) fn wait_for(&mut self, session: &str, method: &str) -> Event {
        loop {
            let queue = self.events.entry(session.to_string()).or_default();
            if let Some(place) = queue.iter().position(|event| event.method == method) {
                return queue.remove(place).expect("it was just found");
            }
            let message = self.receive(method);
            self.keep(message);
        }
    }

    /// The events of a session that have come and were not waited for, which are then forgotten.
    pub(crate) fn take_events(&mut self, session: &str) -> VecDeque<Event> {
        self.events.remove(session).unwrap_or_default()
    }

    fn receive(&self, awaited: &str) -> Value {
        let message = self.from.recv_timeout(PATIENCE);
        message.unwrap_or_else(|why| panic!("{awaited}: the browser did not answer ({why})"))
    }

    fn keep(&mut self, mut message: Value) {
        let session = message["sessionId"]
            .as_str()
            .unwrap_or_default()
            .to_string();
        let Some(method) = message["method"].as_str().map(str::to_string) else {
            return;
        };
        self.events.entry(session).or_default().push_back(Event {
            method,
            parameters: message["params"].take(),
        });
    }
}

//! Typed values as free-form ones.

use crate::fields::Node;
use crate::resolve::{self, Dialect, Scalar};
use crate::sink::Sink;
use crate::value::Value;

/// A value of any type as free-form data, with the fields that a writer without comments would write.
pub fn to_value(node: &dyn Node) -> Value {
    let mut sink = ValueSink::default();
    node.encode(&mut sink);
    sink.root
}

#[derive(Default)]
struct ValueSink {
    open: Vec<Open>,
    root: Value,
}

enum Open {
    Sequence(Vec<Value>),
    Mapping { entries: Vec<(Value, Value)>, key: Option<Value> },
}

impl ValueSink {
    fn add(&mut self, value: Value) {
        match self.open.last_mut() {
            None => self.root = value,
            Some(Open::Sequence(items)) => items.push(value),
            Some(Open::Mapping { entries, key }) => match key.take() {
                Some(key) => entries.push((key, value)),
                None => *key = Some(value),
            },
        }
    }

    fn close(&mut self) {
        match self.open.pop() {
            Some(Open::Sequence(items)) => self.add(Value::Sequence(items)),
            Some(Open::Mapping { entries, .. }) => self.add(Value::Mapping(entries)),
            None => {}
        }
    }
}

impl Sink for ValueSink {
    fn mapping_start(&mut self) {
        self.open.push(Open::Mapping { entries: Vec::new(), key: None });
    }

    fn mapping_end(&mut self) {
        self.close();
    }

    fn sequence_start(&mut self) {
        self.open.push(Open::Sequence(Vec::new()));
    }

    fn sequence_end(&mut self) {
        self.close();
    }

    fn field(&mut self, key: &'static str) {
        self.add(Value::String(key.to_owned()));
    }

    fn key(&mut self, text: &str) {
        self.add(Value::String(text.to_owned()));
    }

    fn plain_key(&mut self, text: &str) {
        self.plain(text);
    }

    fn bytes_key(&mut self, bytes: &[u8]) {
        self.bytes(bytes);
    }

    fn string(&mut self, text: &str) {
        self.add(Value::String(text.to_owned()));
    }

    fn bytes(&mut self, bytes: &[u8]) {
        self.add(match std::str::from_utf8(bytes) {
            Ok(text) => Value::String(text.to_owned()),
            Err(_) => Value::Bytes(bytes.to_vec()),
        });
    }

    fn plain(&mut self, text: &str) {
        self.add(match resolve::plain(Dialect::V3, text) {
            Scalar::Null => Value::Null,
            Scalar::Bool(flag) => Value::Bool(flag),
            Scalar::Int(number) => Value::Int(number),
            Scalar::Uint(number) => Value::Uint(number),
            Scalar::Float(number) => Value::Float(number),
            Scalar::Time(time) => Value::Time { text: text.to_owned(), time },
            _ => Value::String(text.to_owned()),
        });
    }

    fn integer(&mut self, number: i64) {
        self.add(Value::Int(number));
    }

    fn unsigned(&mut self, number: u64) {
        self.add(i64::try_from(number).map_or(Value::Uint(number), Value::Int));
    }

    fn float(&mut self, number: f64) {
        self.add(Value::Float(number));
    }
}

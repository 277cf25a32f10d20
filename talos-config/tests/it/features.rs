//! The conversions behind the features.

#[cfg(feature = "schemars")]
mod schemars {
    use proptest::prelude::*;
    use proptest::test_runner::Config;
    use schemars::generate::SchemaSettings;
    use talos_config::encode::{Options, to_yaml};
    use talos_config::v1alpha1::{self, ClusterConfig};

    use crate::arbitrary::{Values, configuration};
    use crate::schema::complaints;

    /// The schema of a program that has a configuration and a section in a type of its own.
    fn embedded(settings: SchemaSettings) -> serde_json::Value {
        let mut generator = settings.into_generator();
        let config = generator.subschema_for::<v1alpha1::Config>();
        let cluster = generator.subschema_for::<ClusterConfig>();
        let definitions = generator.take_definitions(true);
        serde_json::json!({ "properties": { "config": config, "cluster": cluster }, "$defs": definitions })
    }

    #[test]
    fn a_section_in_another_type_keeps_its_definitions() {
        let validator = jsonschema::validator_for(&embedded(SchemaSettings::draft2020_12())).unwrap();
        let is_valid = |text: &str| validator.is_valid(&serde_json::from_str(text).unwrap());
        assert!(is_valid(r#"{"config": {"machine": {"network": {"hostname": "a"}}}, "cluster": {"id": "b"}}"#));
        assert!(!is_valid(r#"{"config": {"machine": {"network": {"hostnaem": "a"}}}}"#));
        assert!(!is_valid(r#"{"cluster": {"network": {"podSubnets": "10.0.0.0/8"}}}"#));
    }

    #[test]
    fn references_lead_to_where_the_generator_keeps_definitions() {
        let schema = embedded(SchemaSettings::openapi3()).to_string();
        assert!(schema.contains("\"#/components/schemas/v1alpha1.NetworkConfig\""), "{schema}");
        assert!(!schema.contains("#/$defs/"), "{schema}");
    }

    proptest! {
        #![proptest_config(Config { cases: 40, failure_persistence: None, ..Config::default() })]

        #[test]
        fn the_schema_of_the_main_document_accepts_it(container in configuration(Values::Any)) {
            let schema = schemars::schema_for!(v1alpha1::Config);
            let validator = jsonschema::validator_for(schema.as_value()).unwrap();
            let main = talos_config::Container::new([Box::new(container.config().unwrap().clone()) as _]).unwrap();
            let text = to_yaml(&main, Options { readable: true, ..Options::plain() });
            let complaints = complaints(&validator, text.as_bytes()).unwrap_or_default();
            prop_assert!(complaints.is_empty(), "{complaints:?}\n{text}");
        }
    }
}

#[cfg(feature = "serde")]
mod serde {
    use proptest::prelude::*;
    use proptest::test_runner::Config;
    use talos_config::v1alpha1::{self, MachineConfig};
    use talos_config::{FreeForm, Value, load};

    use crate::arbitrary::{Values, configuration};
    use crate::laws::as_written;

    proptest! {
        #![proptest_config(Config { cases: 100, failure_persistence: None, ..Config::default() })]

        #[test]
        fn json_keeps_every_value(container in configuration(Values::Any)) {
            let container = as_written(&container);
            let config = container.config().unwrap();
            let json = serde_json::to_string(config).unwrap();
            // JSON has no infinities.
            prop_assume!(!format!("{config:?}").contains(".inf"));
            let again: v1alpha1::Config = serde_json::from_str(&json).map_err(|e| TestCaseError::fail(format!("{e}\n{json}")))?;
            prop_assert!(again == *config, "{again:?}\n{config:?}\n{json}");
        }
    }

    #[test]
    fn json_is_what_the_plain_writer_writes() {
        let container = load("machine: {type: worker, certSANs: [], install: {wipe: yes}}\n").unwrap();
        let json = serde_json::to_string(container.config().unwrap()).unwrap();
        let wanted = r#"{"version":"","machine":{"type":"worker","token":"","certSANs":[],"install":{"wipe":true}},"cluster":null}"#;
        assert_eq!(json, wanted);
    }

    #[test]
    fn problems_are_reported_together_and_unknown_keys_refused() {
        let read = |text: &str| serde_json::from_str::<MachineConfig>(text).unwrap_err().to_string();
        let error = read(r#"{"sysctls": [], "install": {"wipe": "maybe"}, "network": 5}"#);
        for part in ["into map[string]string", "into bool", "into v1alpha1.NetworkConfig"] {
            assert!(error.contains(part), "{error}");
        }
        assert!(read(r#"{"typo": 1}"#).contains("unknown key `typo`"));
        // A text field takes any scalar, as in the reader.
        let machine: MachineConfig = serde_json::from_str(r#"{"token": 5, "type": null}"#).unwrap();
        assert_eq!(machine.token, "5");
    }

    #[test]
    fn free_form_values_keep_their_types() {
        let text = r#"{"a":1,"b":[1.5,true,null,"1"],"c":{"":18446744073709551615}}"#;
        let value: FreeForm = serde_json::from_str(text).unwrap();
        assert_eq!(value.get("a"), Some(&Value::Int(1)));
        assert_eq!(serde_json::to_string(&value).unwrap(), text);
        assert!(serde_json::from_str::<FreeForm>("[]").is_err());
    }
}

#[cfg(feature = "serde_yaml")]
mod serde_yaml {
    use proptest::prelude::*;
    use proptest::test_runner::Config;
    use talos_config::load;
    use talos_config::serde_yaml::{Error, from_values, to_values};

    use crate::arbitrary::{Values, configuration};
    use crate::laws::as_written;

    proptest! {
        #![proptest_config(Config { cases: 100, failure_persistence: None, ..Config::default() })]

        #[test]
        fn values_keep_every_document(container in configuration(Values::Any)) {
            let container = as_written(&container);
            let values = to_values(&container).unwrap();
            prop_assert_eq!(values.len(), container.documents().len());
            let again = from_values(&values).map_err(|error| TestCaseError::fail(format!("{error}\n{values:?}")))?;
            prop_assert!(again == container, "{again:?}\n{container:?}");
        }
    }

    #[test]
    fn texts_that_look_like_something_else_stay_texts() {
        let text = "machine:\n    pods:\n        - a: \"1_000\"\n          b: \"yes\"\n          c: \"0o17\"\n";
        let container = as_written(&load(text).unwrap());
        assert_eq!(from_values(&to_values(&container).unwrap()).unwrap(), container);
    }

    #[test]
    fn values_that_are_no_configuration_are_refused() {
        let read = |text: &str| from_values([&::serde_yaml::from_str(text).unwrap()]).unwrap_err();
        assert!(matches!(read("machine: !custom {}"), Error::Value { document: 0, .. }));
        let Error::Load(error) = read("machine: {typo: 1}") else { panic!("the loader refuses it") };
        assert!(error.to_string().starts_with("unknown keys found during decoding"));
        assert!(matches!(from_values([]).unwrap_err(), Error::Load(_)));
    }
}

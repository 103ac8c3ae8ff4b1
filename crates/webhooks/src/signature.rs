//! Signature of messages as in Standard Webhooks: `v1,` and base64 of HMAC-SHA256 over `id.timestamp.body`.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use fleet::Rng;
use fleet::webhooks::Secret;
use ring::hmac;

/// Prefix of every secret; the rest is base64.
const PREFIX: &str = "whsec_";

/// A new random secret of 32 bytes.
#[must_use]
pub fn new_secret(rng: &dyn Rng) -> Secret {
    let mut bytes = [0; 32];
    rng.fill(&mut bytes);
    Secret::new(format!("{PREFIX}{}", BASE64_STANDARD.encode(bytes)))
}

/// The value of the header `webhook-signature`: one signature per secret, separated by spaces.
pub(crate) fn sign<'a>(
    secrets: impl Iterator<Item = &'a Secret>,
    message_id: &str,
    timestamp: i64,
    body: &str,
) -> String {
    let signed = format!("{message_id}.{timestamp}.{body}");
    let each = secrets.map(|secret| {
        let key = secret.reveal().strip_prefix(PREFIX).unwrap_or_default();
        let key = hmac::Key::new(hmac::HMAC_SHA256, &BASE64_STANDARD.decode(key).unwrap_or_default());
        format!("v1,{}", BASE64_STANDARD.encode(hmac::sign(&key, signed.as_bytes())))
    });
    each.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of the Standard Webhooks libraries.
    #[test]
    fn a_signature_equals_the_one_of_the_standard_webhooks_libraries() {
        let secret = Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw");
        let body = r#"{"test": 2432232314}"#;
        let signed = sign(std::iter::once(&secret), "msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, body);
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

    #[test]
    fn during_a_change_of_secrets_both_sign() {
        let secrets = [Secret::new("whsec_AAAA"), Secret::new("whsec_BBBB")];
        let both = sign(secrets.iter(), "m", 1, "{}");
        let each: Vec<String> = secrets.iter().map(|one| sign(std::iter::once(one), "m", 1, "{}")).collect();
        assert_eq!(both, each.join(" "));
        assert_ne!(each[0], each[1]);
    }
}

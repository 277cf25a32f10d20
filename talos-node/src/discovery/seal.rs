//! What members of a cluster tell each other, closed to everybody else.

use std::fmt;

use aws_lc_rs::aead::{self, Aad, LessSafeKey, Nonce, UnboundKey};
use aws_lc_rs::cipher::{self, DecryptingKey, DecryptionContext, EncryptingKey, UnboundCipherKey};
use talos_pki::{Random, random};

/// Bytes of a block of the cipher.
const BLOCK: usize = 16;

/// Bytes that differ from message to message.
const NONCE: usize = aead::NONCE_LEN;

/// The ciphers for each length of key.
const CIPHERS: [(usize, &aead::Algorithm, &cipher::Algorithm); 3] = [
    (16, &aead::AES_128_GCM, &cipher::AES_128),
    (24, &aead::AES_192_GCM, &cipher::AES_192),
    (32, &aead::AES_256_GCM, &cipher::AES_256),
];

/// Closes and opens with the secret of a cluster.
pub(crate) struct Sealer {
    data: LessSafeKey,
    encrypt: EncryptingKey,
    decrypt: DecryptingKey,
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sealer").finish_non_exhaustive()
    }
}

/// A secret that cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("error initializing AES cipher: crypto/aes: invalid key size {0}")]
pub(crate) struct KeyError(usize);

/// Why something cannot be closed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SealError {
    /// There is no randomness.
    #[error("error building nonce")]
    Random(#[source] random::Error),
    /// It is too long.
    #[error("{length} bytes are too many to be sealed")]
    Length {
        /// Bytes there are.
        length: usize,
    },
}

/// Why something cannot be opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum OpenError {
    /// It is shorter than it can be.
    #[error("short data")]
    Short,
    /// It is none, was changed, or is of another cluster.
    #[error("decryption failure")]
    Seal,
    /// It does not consist of whole blocks.
    #[error("endpoint size is not multiple of cipher block size")]
    Blocks,
    /// It claims more than there is.
    #[error("endpoint unmarshal failure")]
    Length,
}

impl Sealer {
    /// For a secret of 16, 24 or 32 bytes; those of clusters have 32.
    pub(crate) fn new(key: &[u8]) -> Result<Self, KeyError> {
        let wrong = KeyError(key.len());
        let known = CIPHERS.iter().find(|(length, ..)| *length == key.len());
        let &(_, for_data, for_blocks) = known.ok_or(wrong)?;
        let block_key = || UnboundCipherKey::new(for_blocks, key);
        Ok(Self {
            data: LessSafeKey::new(UnboundKey::new(for_data, key).map_err(|_| wrong)?),
            encrypt: block_key().and_then(EncryptingKey::ecb).map_err(|_| wrong)?,
            decrypt: block_key().and_then(DecryptingKey::ecb).map_err(|_| wrong)?,
        })
    }

    /// Closes data: a nonce, the data in AES-GCM, its tag.
    pub(crate) fn seal(&self, data: &[u8], random: &mut dyn Random) -> Result<Vec<u8>, SealError> {
        let mut nonce = [0; NONCE];
        random.fill(&mut nonce).map_err(SealError::Random)?;
        self.seal_with(data, nonce)
    }

    fn seal_with(&self, data: &[u8], nonce: [u8; NONCE]) -> Result<Vec<u8>, SealError> {
        let mut text = data.to_vec();
        let sealed = self.data.seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::empty(), &mut text);
        sealed.map_err(|_| SealError::Length { length: data.len() })?;
        Ok([&nonce, text.as_slice()].concat())
    }

    /// Opens what was closed by [`Self::seal`].
    pub(crate) fn open(&self, sealed: &[u8]) -> Result<Vec<u8>, OpenError> {
        let (nonce, text) = sealed.split_first_chunk::<NONCE>().ok_or(OpenError::Short)?;
        let mut text = text.to_vec();
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let opened = self.data.open_in_place(nonce, Aad::empty(), &mut text).map_err(|_| OpenError::Seal)?.len();
        text.truncate(opened);
        Ok(text)
    }

    /// Closes an endpoint: its length, itself, and zeros up to whole blocks in AES-ECB. Equal ones stay equal, so that the
    /// service can tell that it knows one already.
    pub(crate) fn seal_endpoint(&self, data: &[u8]) -> Result<Vec<u8>, SealError> {
        let wrong = SealError::Length { length: data.len() };
        let Ok(length) = u8::try_from(data.len()) else { return Err(wrong) };
        let mut blocks = [&[length], data].concat();
        blocks.resize(blocks.len().next_multiple_of(BLOCK), 0);
        match self.encrypt.encrypt(&mut blocks) {
            Ok(_) => Ok(blocks),
            Err(_) => Err(wrong),
        }
    }

    /// Opens what was closed by [`Self::seal_endpoint`].
    pub(crate) fn open_endpoint(&self, sealed: &[u8]) -> Result<Vec<u8>, OpenError> {
        if sealed.is_empty() || !sealed.len().is_multiple_of(BLOCK) {
            return Err(OpenError::Blocks);
        }
        let mut blocks = sealed.to_vec();
        let blocks = self.decrypt.decrypt(&mut blocks, DecryptionContext::None).map_err(|_| OpenError::Blocks)?;
        let (length, rest) = blocks.split_first().ok_or(OpenError::Blocks)?;
        rest.get(..usize::from(*length)).map(<[u8]>::to_vec).ok_or(OpenError::Length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::machine::testing::machine;

    fn sealer() -> Sealer {
        Sealer::new(&std::array::from_fn::<u8, 32, _>(|place| place as u8)).unwrap()
    }

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    fn unhex(text: &str) -> Vec<u8> {
        (0..text.len()).step_by(2).map(|place| u8::from_str_radix(&text[place..place + 2], 16).unwrap()).collect()
    }

    // The texts were made with Go's `crypto/aes` and `crypto/cipher`, key 00 to 1f.

    #[test]
    fn data_is_closed_as_others_close_it() {
        let sealed = sealer().seal_with(b"\x0a\x02me", std::array::from_fn(|place| place as u8)).unwrap();
        assert_eq!(hex(&sealed), "000102030405060708090a0b4d00bb7e7615dcb5288deb5f61370fdb18d92f51");
        assert_eq!(sealer().open(&sealed).unwrap(), b"\x0a\x02me");
    }

    #[test]
    fn endpoints_are_closed_as_others_close_them() {
        let cases = [
            ("0a040a05000210ec9403", "3c6dad0772028a24a3635360916dc138"),
            (
                "0a10fd00000000000000000000000000000110ec9403",
                "18d8f361863095b08c52b5c6de56a3c9d604c19a74d2f45c1e624c2d38c4cca0",
            ),
        ];
        for (plain, sealed) in cases {
            assert_eq!(hex(&sealer().seal_endpoint(&unhex(plain)).unwrap()), sealed);
            assert_eq!(hex(&sealer().open_endpoint(&unhex(sealed)).unwrap()), plain);
        }
    }

    #[test]
    fn no_two_texts_of_the_same_data_are_equal() {
        let mut random = machine().random.clone();
        let [one, other] = [(); 2].map(|()| sealer().seal(b"same", &mut random).unwrap());
        assert_ne!(one[..NONCE], [0; NONCE]);
        assert_eq!(sealer().open(&one).unwrap(), sealer().open(&other).unwrap());
    }

    #[test]
    fn what_was_not_closed_here_stays_closed() {
        let sealer = sealer();
        assert_eq!(sealer.open(&[1; 11]), Err(OpenError::Short));
        assert_eq!(sealer.open(&[1; 40]), Err(OpenError::Seal));
        assert_eq!(sealer.open(&[1; NONCE]), Err(OpenError::Seal));
        let mut sealed = sealer.seal_with(b"data", [7; NONCE]).unwrap();
        sealed[NONCE] ^= 1;
        assert_eq!(sealer.open(&sealed), Err(OpenError::Seal));
        for length in [0, 1, 15, 17] {
            assert_eq!(sealer.open_endpoint(&vec![0; length]), Err(OpenError::Blocks));
        }
        // Whole blocks are opened to something; it must not claim more than there is.
        let claims_too_much = (0..=255_u8).filter(|byte| sealer.open_endpoint(&[*byte; 16]).is_err()).count();
        assert!(claims_too_much > 200, "{claims_too_much}");
        assert!(matches!(sealer.seal_endpoint(&[0; 256]), Err(SealError::Length { length: 256 })));
    }

    #[test]
    fn secrets_have_three_lengths() {
        for length in [16, 24, 32] {
            let sealer = Sealer::new(&vec![5; length]).unwrap();
            assert_eq!(sealer.open(&sealer.seal_with(b"x", [0; NONCE]).unwrap()).unwrap(), b"x");
        }
        let text = "error initializing AES cipher: crypto/aes: invalid key size 31";
        assert_eq!(Sealer::new(&[0; 31]).unwrap_err().to_string(), text);
    }
}

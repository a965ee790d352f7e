package official

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha1"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// CryptoError is a refusal with a code of WeChat's own libraries.
type CryptoError struct {
	Code   int    // -40001 …
	Reason string // in English, without secrets
}

// Error names the reason and the code.
func (e *CryptoError) Error() string { return fmt.Sprintf("official: %s (%d)", e.Reason, e.Code) }

// The refusals; compare with errors.Is.
var (
	ErrSignature = &CryptoError{-40001, "signature does not match"}
	ErrXML       = &CryptoError{-40002, "XML cannot be parsed"}
	ErrSign      = &CryptoError{-40003, "signature cannot be made"}
	ErrKey       = &CryptoError{-40004, "EncodingAESKey is not 43 characters of base64"}
	ErrAppID     = &CryptoError{-40005, "message is addressed to another AppID"}
	ErrEncrypt   = &CryptoError{-40006, "encryption failed"}
	ErrDecrypt   = &CryptoError{-40007, "decryption failed"}
	ErrBuffer    = &CryptoError{-40008, "decrypted buffer is malformed"}
	ErrBase64    = &CryptoError{-40010, "base64 cannot be decoded"}
)

const (
	padBlock    = 32 // PKCS#7 block of WeChat's scheme, twice the cipher's
	randomBytes = 16
	headBytes   = randomBytes + 4
)

// Crypter signs, encrypts and decrypts pushes. Official accounts, mini-programs
// and WeCom share the scheme; only the receiver differs (AppID, CorpID or
// SuiteID). It is safe for concurrent use if its random source is.
type Crypter struct {
	token    string
	receiver string
	block    cipher.Block
	iv       []byte
	random   io.Reader
}

// NewCrypter prepares the keys. It returns ErrKey for a key that is not 43
// characters of base64.
func NewCrypter(token, encodingAESKey, receiver string, random io.Reader) (*Crypter, error) {
	if len(encodingAESKey) != 43 {
		return nil, ErrKey
	}
	key, err := base64.StdEncoding.DecodeString(encodingAESKey + "=")
	if err != nil || len(key) != 32 {
		return nil, ErrKey
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, ErrKey
	}
	return &Crypter{token: token, receiver: receiver, block: block, iv: key[:aes.BlockSize], random: random}, nil
}

// Sign is msg_signature over the encrypted text.
func (c *Crypter) Sign(timestamp, nonce, encrypted string) string {
	return signature(c.token, timestamp, nonce, encrypted)
}

// Open verifies msg_signature and decrypts. Nothing of the text is looked at
// before the signature is found right.
func (c *Crypter) Open(msgSignature, timestamp, nonce, encrypted string) ([]byte, error) {
	if !sameText(msgSignature, c.Sign(timestamp, nonce, encrypted)) {
		return nil, ErrSignature
	}
	return c.Decrypt(encrypted)
}

// Encrypt wraps a message: 16 random bytes, its length, itself, the receiver,
// padded to 32 bytes, AES-256-CBC, base64.
func (c *Crypter) Encrypt(message []byte) (string, error) {
	size := headBytes + len(message) + len(c.receiver)
	pad := padBlock - size%padBlock
	buf := make([]byte, size+pad)
	if _, err := io.ReadFull(c.random, buf[:randomBytes]); err != nil {
		return "", errors.Join(ErrEncrypt, err)
	}
	binary.BigEndian.PutUint32(buf[randomBytes:], uint32(len(message)))
	n := copy(buf[headBytes:], message)
	copy(buf[headBytes+n:], c.receiver)
	for i := size; i < len(buf); i++ {
		buf[i] = byte(pad)
	}
	cipher.NewCBCEncrypter(c.block, c.iv).CryptBlocks(buf, buf)
	return base64.StdEncoding.EncodeToString(buf), nil
}

// Decrypt unwraps a message and checks that it is addressed to the receiver.
// Use Open for what came over the network: Decrypt checks no signature.
func (c *Crypter) Decrypt(encrypted string) ([]byte, error) {
	buf, err := base64.StdEncoding.DecodeString(encrypted)
	if err != nil {
		return nil, ErrBase64
	}
	if len(buf) == 0 || len(buf)%aes.BlockSize != 0 {
		return nil, ErrDecrypt
	}
	cipher.NewCBCDecrypter(c.block, c.iv).CryptBlocks(buf, buf)
	pad := int(buf[len(buf)-1])
	if pad < 1 || pad > padBlock || pad > len(buf) {
		return nil, ErrDecrypt
	}
	for _, b := range buf[len(buf)-pad:] {
		if int(b) != pad {
			return nil, ErrDecrypt
		}
	}
	return c.unwrap(buf[:len(buf)-pad])
}

func (c *Crypter) unwrap(buf []byte) ([]byte, error) {
	if len(buf) < headBytes {
		return nil, ErrBuffer
	}
	size := uint64(binary.BigEndian.Uint32(buf[randomBytes:]))
	rest := buf[headBytes:]
	if size > uint64(len(rest)) {
		return nil, ErrBuffer
	}
	if !sameText(string(rest[size:]), c.receiver) {
		return nil, ErrAppID
	}
	return rest[:size:size], nil
}

// signature is the lower-case hex sha1 over the sorted parts.
func signature(parts ...string) string {
	slices.Sort(parts)
	sum := sha1.Sum([]byte(strings.Join(parts, "")))
	return hex.EncodeToString(sum[:])
}

// sameText compares in constant time.
func sameText(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

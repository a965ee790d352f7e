// Package paycrypt is WeChat Pay's side of the v3 signatures, certificates and encryption, apart from the client's code on purpose.
package paycrypt

import (
	"crypto"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
)

// Scheme is the only signature scheme of this simulator.
const Scheme = "WECHATPAY2-SHA256-RSA2048"

// ErrAuthorization tells that the Authorization header cannot be read.
var ErrAuthorization = errors.New("Authorization header is malformed")

// Authorization is the parsed request header.
type Authorization struct {
	MchID, SerialNo, Nonce, Timestamp, Signature string
}

// ParseAuthorization reads `WECHATPAY2-SHA256-RSA2048 mchid="…",nonce_str="…",…`; the five pairs may come in any order.
func ParseAuthorization(header string) (Authorization, error) {
	var a Authorization
	scheme, rest, ok := strings.Cut(header, " ")
	if !ok || scheme != Scheme {
		return a, fmt.Errorf("%w: the scheme must be %s", ErrAuthorization, Scheme)
	}
	if len(rest) > 4096 {
		return a, fmt.Errorf("%w: too long", ErrAuthorization)
	}
	targets := map[string]*string{"mchid": &a.MchID, "serial_no": &a.SerialNo, "nonce_str": &a.Nonce, "timestamp": &a.Timestamp, "signature": &a.Signature}
	for pair := range strings.SplitSeq(rest, ",") {
		name, value, ok := strings.Cut(strings.TrimSpace(pair), "=")
		target := targets[name]
		if !ok || target == nil || len(value) < 2 || value[0] != '"' || value[len(value)-1] != '"' {
			return a, fmt.Errorf("%w: cannot read %q", ErrAuthorization, pair)
		}
		*target = value[1 : len(value)-1]
	}
	for name, target := range targets {
		if *target == "" {
			return a, fmt.Errorf("%w: %s is missing", ErrAuthorization, name)
		}
	}
	return a, nil
}

// RequestMessage is the text a merchant signs: five lines, each ended by LF. uri is path?query exactly as sent.
func RequestMessage(method, uri, timestamp, nonce string, body []byte) []byte {
	b := make([]byte, 0, len(method)+len(uri)+len(timestamp)+len(nonce)+len(body)+5)
	for _, line := range []string{method, uri, timestamp, nonce} {
		b = append(append(b, line...), '\n')
	}
	return append(append(b, body...), '\n')
}

// ResponseMessage is the text WeChat signs on answers and notifications: three lines.
func ResponseMessage(timestamp, nonce string, body []byte) []byte {
	b := make([]byte, 0, len(timestamp)+len(nonce)+len(body)+3)
	b = append(append(b, timestamp...), '\n')
	b = append(append(b, nonce...), '\n')
	return append(append(b, body...), '\n')
}

// PayMessage is the text of a JSAPI paySign; pkg is "prepay_id=…".
func PayMessage(appID, timestamp, nonce, pkg string) []byte {
	return []byte(appID + "\n" + timestamp + "\n" + nonce + "\n" + pkg + "\n")
}

// Sign is base64(SHA256withRSA(message)).
func Sign(key *rsa.PrivateKey, message []byte) (string, error) {
	sum := sha256.Sum256(message)
	sig, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, sum[:])
	if err != nil {
		return "", fmt.Errorf("sign: %w", err)
	}
	return base64.StdEncoding.EncodeToString(sig), nil
}

// Verify checks a base64 SHA256withRSA signature.
func Verify(key *rsa.PublicKey, message []byte, signature string) error {
	sig, err := base64.StdEncoding.DecodeString(signature)
	if err != nil {
		return fmt.Errorf("signature is not base64: %w", err)
	}
	sum := sha256.Sum256(message)
	return rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], sig)
}

// Seal encrypts with AEAD_AES_256_GCM under the 32-byte APIv3 key; the result is base64 of data and tag.
func Seal(apiV3Key, nonce, associatedData string, plain []byte) (string, error) {
	gcm, err := newGCM(apiV3Key)
	if err != nil {
		return "", err
	}
	if len(nonce) != gcm.NonceSize() {
		return "", fmt.Errorf("nonce has %d bytes, want %d", len(nonce), gcm.NonceSize())
	}
	return base64.StdEncoding.EncodeToString(gcm.Seal(nil, []byte(nonce), plain, []byte(associatedData))), nil
}

// Open reverses Seal.
func Open(apiV3Key, nonce, associatedData, ciphertext string) ([]byte, error) {
	gcm, err := newGCM(apiV3Key)
	if err != nil {
		return nil, err
	}
	raw, err := base64.StdEncoding.DecodeString(ciphertext)
	if err != nil || len(nonce) != gcm.NonceSize() {
		return nil, errors.New("ciphertext or nonce is malformed")
	}
	return gcm.Open(nil, []byte(nonce), raw, []byte(associatedData))
}

func newGCM(key string) (cipher.AEAD, error) {
	block, err := aes.NewCipher([]byte(key))
	if err != nil {
		return nil, fmt.Errorf("APIv3 key: %w", err)
	}
	return cipher.NewGCM(block)
}

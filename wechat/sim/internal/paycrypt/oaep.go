package paycrypt

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha1"
	"encoding/base64"
	"fmt"
)

// EncryptField seals a sensitive field for the owner of a key: RSA-OAEP with SHA-1, base64 (敏感信息加密).
func EncryptField(key *rsa.PublicKey, plain string) (string, error) {
	sealed, err := rsa.EncryptOAEP(sha1.New(), rand.Reader, key, []byte(plain), nil)
	if err != nil {
		return "", fmt.Errorf("encrypt a field: %w", err)
	}
	return base64.StdEncoding.EncodeToString(sealed), nil
}

// DecryptField opens what EncryptField, or an SDK, sealed.
func DecryptField(key *rsa.PrivateKey, sealed string) (string, error) {
	raw, err := base64.StdEncoding.DecodeString(sealed)
	if err != nil {
		return "", fmt.Errorf("the field is not base64: %w", err)
	}
	plain, err := rsa.DecryptOAEP(sha1.New(), nil, key, raw, nil)
	if err != nil {
		return "", fmt.Errorf("the field was not encrypted for this key (RSA-OAEP, SHA-1): %w", err)
	}
	return string(plain), nil
}

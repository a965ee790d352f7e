package paycrypt

import (
	"bytes"
	"crypto/aes"
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// The sign types of v2.
const (
	MD5        = "MD5"
	HMACSHA256 = "HMAC-SHA256"
)

// V2Text is the text v2 signs: the non-empty parameters by name, then the APIv2 key. sign itself is left out.
func V2Text(params map[string]string, key string) string {
	names := make([]string, 0, len(params))
	for name, value := range params {
		if name != "sign" && value != "" {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	var b strings.Builder
	for _, name := range names {
		b.WriteString(name + "=" + params[name] + "&")
	}
	b.WriteString("key=" + key)
	return b.String()
}

// SignV2 is the v2 signature as upper hex; every sign type but HMAC-SHA256 means MD5.
func SignV2(params map[string]string, key, signType string) string {
	text := []byte(V2Text(params, key))
	if signType == HMACSHA256 {
		mac := hmac.New(sha256.New, []byte(key))
		mac.Write(text)
		return strings.ToUpper(hex.EncodeToString(mac.Sum(nil)))
	}
	sum := md5.Sum(text)
	return strings.ToUpper(hex.EncodeToString(sum[:]))
}

// VerifyV2 tells whether params carry the right sign.
func VerifyV2(params map[string]string, key, signType string) bool {
	return subtle.ConstantTimeCompare([]byte(SignV2(params, key, signType)), []byte(params["sign"])) == 1
}

// SealV2 encrypts the req_info of a v2 refund notice: AES-256-ECB with PKCS#7 under the lower hex MD5 of the APIv2 key, base64.
func SealV2(apiKey string, plain []byte) (string, error) {
	block, err := aes.NewCipher(v2Secret(apiKey))
	if err != nil {
		return "", fmt.Errorf("req_info: %w", err)
	}
	pad := aes.BlockSize - len(plain)%aes.BlockSize
	out := append(bytes.Clone(plain), bytes.Repeat([]byte{byte(pad)}, pad)...)
	for i := 0; i < len(out); i += aes.BlockSize {
		block.Encrypt(out[i:], out[i:])
	}
	return base64.StdEncoding.EncodeToString(out), nil
}

// OpenV2 reverses SealV2.
func OpenV2(apiKey, sealed string) ([]byte, error) {
	out, err := base64.StdEncoding.DecodeString(sealed)
	if err != nil || len(out) == 0 || len(out)%aes.BlockSize != 0 {
		return nil, errors.New("req_info is malformed")
	}
	block, err := aes.NewCipher(v2Secret(apiKey))
	if err != nil {
		return nil, fmt.Errorf("req_info: %w", err)
	}
	for i := 0; i < len(out); i += aes.BlockSize {
		block.Decrypt(out[i:], out[i:])
	}
	pad := int(out[len(out)-1])
	if pad == 0 || pad > aes.BlockSize || pad > len(out) {
		return nil, errors.New("req_info is padded wrongly")
	}
	return out[:len(out)-pad], nil
}

func v2Secret(apiKey string) []byte {
	sum := md5.Sum([]byte(apiKey))
	return []byte(hex.EncodeToString(sum[:]))
}

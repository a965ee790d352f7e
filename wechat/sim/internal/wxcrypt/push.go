// Package wxcrypt is WeChat's side of official-account cryptography: push signatures, AES messages and the JS-SDK signature.
// It is written apart from the client's code on purpose: two implementations guard each other.
package wxcrypt

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha1"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// Errors of Decrypt; the numbers are those of WeChat's own sample library.
var (
	ErrKey    = errors.New("-40004: EncodingAESKey must be 43 characters of base64")
	ErrAppID  = errors.New("-40005: the message carries another appid")
	ErrCipher = errors.New("-40007: cannot decrypt")
	ErrBuffer = errors.New("-40008: decrypted buffer is malformed")
)

const padBlock = 32

// Signature is hex(sha1(parts sorted and joined)): with (token, timestamp, nonce) the push signature,
// with the Encrypt text as fourth part the msg_signature.
func Signature(parts ...string) string {
	sorted := slices.Clone(parts)
	slices.Sort(sorted)
	sum := sha1.Sum([]byte(strings.Join(sorted, "")))
	return hex.EncodeToString(sum[:])
}

// JSSignature signs a page address for wx.config; the fragment of pageURL is left out.
func JSSignature(ticket, nonce, timestamp, pageURL string) string {
	pageURL, _, _ = strings.Cut(pageURL, "#")
	sum := sha1.Sum([]byte("jsapi_ticket=" + ticket + "&noncestr=" + nonce + "&timestamp=" + timestamp + "&url=" + pageURL))
	return hex.EncodeToString(sum[:])
}

// Cipher encrypts and decrypts the messages of one account.
type Cipher struct {
	block cipher.Block
	iv    []byte
	appID string
}

// NewCipher reads a 43-character EncodingAESKey.
func NewCipher(encodingAESKey, appID string) (*Cipher, error) {
	if len(encodingAESKey) != 43 {
		return nil, ErrKey
	}
	key, err := base64.StdEncoding.DecodeString(encodingAESKey + "=")
	if err != nil {
		return nil, ErrKey
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, ErrKey
	}
	return &Cipher{block: block, iv: key[:aes.BlockSize], appID: appID}, nil
}

// Encrypt seals msg with 16 random bytes in front and the appid behind; the result is base64.
func (c *Cipher) Encrypt(random io.Reader, msg []byte) (string, error) {
	buf := make([]byte, 20, 20+len(msg)+len(c.appID)+padBlock)
	if _, err := io.ReadFull(random, buf[:16]); err != nil {
		return "", fmt.Errorf("random bytes for a push: %w", err)
	}
	binary.BigEndian.PutUint32(buf[16:], uint32(len(msg)))
	buf = append(append(buf, msg...), c.appID...)
	pad := padBlock - len(buf)%padBlock
	buf = append(buf, bytes.Repeat([]byte{byte(pad)}, pad)...)
	cipher.NewCBCEncrypter(c.block, c.iv).CryptBlocks(buf, buf)
	return base64.StdEncoding.EncodeToString(buf), nil
}

// Decrypt opens a message and checks the appid at its end.
func (c *Cipher) Decrypt(encrypted string) ([]byte, error) {
	buf, err := base64.StdEncoding.DecodeString(encrypted)
	if err != nil || len(buf) == 0 || len(buf)%aes.BlockSize != 0 {
		return nil, ErrCipher
	}
	cipher.NewCBCDecrypter(c.block, c.iv).CryptBlocks(buf, buf)
	pad := int(buf[len(buf)-1])
	if pad < 1 || pad > padBlock || pad > len(buf)-20 {
		return nil, ErrBuffer
	}
	buf = buf[:len(buf)-pad]
	size := uint64(binary.BigEndian.Uint32(buf[16:20]))
	if size > uint64(len(buf)-20) {
		return nil, ErrBuffer
	}
	msg, tail := buf[20:20+size], buf[20+size:]
	if string(tail) != c.appID {
		return nil, ErrAppID
	}
	return msg, nil
}

package official

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestCrypterRoundTrip(t *testing.T) {
	c := crypter(t, oaToken, oaKey, oaAppID)
	rapid.Check(t, func(t *rapid.T) {
		message := rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, "message")
		encrypted, err := c.Encrypt(message)
		if err != nil {
			t.Fatal(err)
		}
		raw, _ := base64.StdEncoding.DecodeString(encrypted)
		if len(raw)%padBlock != 0 {
			t.Fatalf("%d bytes are not whole blocks of 32", len(raw))
		}
		got, err := c.Open(c.Sign("1", "n", encrypted), "1", "n", encrypted)
		if err != nil || string(got) != string(message) {
			t.Fatalf("got %x, %v", got, err)
		}
	})
}

// One changed character anywhere is refused by the signature, and without it
// never gives the message back.
func TestCrypterTampering(t *testing.T) {
	c := crypter(t, oaToken, oaKey, oaAppID)
	encrypted, _ := c.Encrypt([]byte("<xml>pay</xml>"))
	sign := c.Sign("1", "n", encrypted)
	rapid.Check(t, func(t *rapid.T) {
		i := rapid.IntRange(0, len(encrypted)-1).Draw(t, "at")
		b := []byte(encrypted)
		b[i] = 'A' + (b[i]-'A'+1)%26
		if string(b) == encrypted {
			return
		}
		if _, err := c.Open(sign, "1", "n", string(b)); !errors.Is(err, ErrSignature) {
			t.Fatalf("got %v", err)
		}
	})
}

// sealRaw encrypts bytes as they are, to build what no honest sender makes.
func sealRaw(c *Crypter, raw []byte) string {
	buf := append([]byte(nil), raw...)
	cipher.NewCBCEncrypter(c.block, c.iv).CryptBlocks(buf, buf)
	return base64.StdEncoding.EncodeToString(buf)
}

func TestDecryptRefusals(t *testing.T) {
	c := crypter(t, oaToken, oaKey, oaAppID)
	other := crypter(t, oaToken, oaKey, "wxother")
	strange, _ := other.Encrypt([]byte("x"))
	block := func(fill func(b []byte)) string {
		b := make([]byte, 64)
		fill(b)
		return sealRaw(c, b)
	}
	pad := func(b []byte, n byte) {
		for i := len(b) - int(n); i < len(b); i++ {
			b[i] = n
		}
	}
	cases := map[string]struct {
		encrypted string
		want      *CryptoError
		code      int
	}{
		"not base64":      {"*", ErrBase64, -40010},
		"empty":           {"", ErrDecrypt, -40007},
		"half a block":    {base64.StdEncoding.EncodeToString(make([]byte, aes.BlockSize/2)), ErrDecrypt, -40007},
		"pad 0":           {block(func(b []byte) {}), ErrDecrypt, -40007},
		"pad 33":          {block(func(b []byte) { pad(b, 33) }), ErrDecrypt, -40007},
		"uneven pad":      {block(func(b []byte) { pad(b, 9); b[60] = 1 }), ErrDecrypt, -40007},
		"too short":       {sealRaw(c, []byte(strings.Repeat("\x10", 16))), ErrBuffer, -40008},
		"length too long": {block(func(b []byte) { pad(b, 4); b[16] = 0xFF; b[19] = 0xFF }), ErrBuffer, -40008},
		"another AppID":   {strange, ErrAppID, -40005},
	}
	for name, k := range cases {
		_, err := c.Decrypt(k.encrypted)
		var e *CryptoError
		if !errors.Is(err, k.want) || !errors.As(err, &e) || e.Code != k.code {
			t.Errorf("%s: got %v, want %v", name, err, k.want)
		}
	}
	for _, key := range []string{"", oaKey[1:], oaKey + "=", strings.Repeat("*", 43)} {
		if _, err := NewCrypter(oaToken, key, oaAppID, rand.Reader); !errors.Is(err, ErrKey) {
			t.Errorf("key %q: %v", key, err)
		}
	}
}

func FuzzDecrypt(f *testing.F) {
	c := crypter(f, oaToken, oaKey, oaAppID)
	f.Add(oaPush, []byte("0123456789abcdef0123456789abcdef"))
	f.Add("", []byte{})
	f.Fuzz(func(t *testing.T, encrypted string, raw []byte) {
		if plain, err := c.Decrypt(encrypted); err != nil && plain != nil {
			t.Fatal("plaintext beside an error")
		}
		whole := raw[:len(raw)/aes.BlockSize*aes.BlockSize]
		_, _ = c.Decrypt(sealRaw(c, whole)) // reaches behind the cipher
	})
}

func FuzzParseMessage(f *testing.F) {
	f.Add([]byte(`<xml><ToUserName><![CDATA[gh_1]]></ToUserName><FromUserName><![CDATA[o1]]></FromUserName><CreateTime>1</CreateTime><MsgType><![CDATA[event]]></MsgType><Event>SCAN</Event><EventKey>7</EventKey></xml>`))
	f.Add([]byte(`<xml><SendPicsInfo><Count>1</Count><PicList><item><PicMd5Sum>a</PicMd5Sum></item></PicList></SendPicsInfo></xml>`))
	f.Add([]byte("<!DOCTYPE x [<!ENTITY a \"b\">]><xml>&a;</xml>"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		m, err := ParseMessage(raw)
		if err != nil {
			if !errors.Is(err, ErrXML) && !errors.Is(err, ErrTooLarge) {
				t.Fatalf("unnamed error %v", err)
			}
			return
		}
		if m.DedupeKey() == "" || m.FromUserName == "" {
			t.Fatalf("got %+v", m)
		}
		m.Scene()
		if _, err := marshalReply(m, TextReply{Content: m.Content + "x"}, 1); err != nil {
			t.Fatal(err)
		}
	})
}

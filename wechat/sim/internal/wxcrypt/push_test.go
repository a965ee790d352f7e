package wxcrypt

import (
	"bytes"
	"crypto/rand"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// Vectors H1 to H5 of the protocol reference.
const (
	h4Encrypt = "hyzAe4OzmOMbd6TvGdIOO6uBmdJoD0Fk53REIHvxYtJlE2B655HuD0m8KUePWB3+LrPXo87wzQ1QLvbeUgmBM4x6F8PGHQHFVAFmOD2LdJF9FrXpbUAh0B5GIItb52sn896wVsMSHGuPE328HnRGBcrS7C41IzDWyWNlZkyyXwon8T332jisa+h6tEDYsVticbSnyU8dKOIbgU6ux5VTjg3yt+WGzjlpKn6NPhRjpA912xMezR4kw6KWwMrCVKSVCZciVGCgavjIQ6X8tCOp3yZbGpy0VxpAe+77TszTfRd5RJSVO/HTnifJpXgCSUdUue1v6h0EIBYYI1BD1DlD+C0CR8e6OewpusjZ4uBl9FyJvnhvQl+q5rv1ixrcpCumEPo5MJSgM9ehVsNPfUM669WuMyVWQLCzpu9GhglF2PE="
	h3Encrypt = "RypEvHKD8QQKFhvQ6QleEB4J58tiPdvo+rtK1I9qca6aM/wvqnLSV5zEPeusUiX5L5X/0lWfrf0QADHHhGd3QczcdCUpj911L3vg3W/sYYvuJTs3TUUkSUXxaccAS0qhxchrRYt66wiSpGLYL42aM6A8dTT+6k4aSknmPj48kzJs8qLjvd4Xgpue06DOdnLxAUHzM6+kDZ+HMZfJYuR+LtwGc2hgf5gsijff0ekUNXZiqATP7PF5mZxZ3Izoun1s4zG4LUMnvw2r+KqCKIw+3IQH03v+BCA9nMELNqbSf6tiWSrXJB3LAVGUcallcrw8V2t9EL4EhzJWrQUax5wLVMNS0+rUPA3k22Ncx4XXZS9o0MBH27Bo6BpNelZpS+/uh9KsNlY6bHCmJU9p8g7m3fVKn28H3KDYA5Pl/T8Z1ptDAVe0lXdQ2YoyyH2uyPIGHBZZIs2pDBS8R07+qN+E7Q=="
	h4Key     = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
)

func TestGoldenVectors(t *testing.T) {
	if got := JSSignature("sM4AOVdWfPE4DxkXGEs8VMCPGGVi4C3VM0P37wVUCFvkVAy_90u5h9nbSlYy3-Sl-HhTdfl2fzFy1AOcHKP7qg", "Wm3WZYTPz0wzccnW", "1414587457", "http://mp.weixin.qq.com?params=value#frag"); got != "0f9de62fce790f9a083d5c99e95740ceb90c27ed" {
		t.Errorf("H1: %s", got)
	}
	if got := Signature("token123", "1409659589", "263014780"); got != "272dcf83f73e2f687e22fdb8d62db5746ca2ea9e" {
		t.Errorf("H5: %s", got)
	}
	if got := Signature("spamtest", "1409735669", "1320562132", h4Encrypt); got != "5d197aaffba7e9b25a30732f161a50dee96bd5fa" {
		t.Errorf("H4 signature: %s", got)
	}
	box, err := NewCipher(h4Key, "wx2c2769f8efd9abc2")
	if err != nil {
		t.Fatal(err)
	}
	plain, err := box.Decrypt(h4Encrypt)
	if err != nil || !strings.Contains(string(plain), "abcdteT") || !strings.Contains(string(plain), "6054768590064713728") {
		t.Errorf("H4: %s %v", plain, err)
	}
	box, err = NewCipher("jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C", "wx5823bf96d3bd56c7")
	if err != nil {
		t.Fatal(err)
	}
	const echo = "P9nAzCzyDtyTWESHep1vC5X9xho/qYX3Zpb4yKa9SKld1DsH3Iyt3tP3zNdtp+4RPcs8TgAE7OaBO+FZXvnaqQ=="
	if got := Signature("QDG6eK", "1409659589", "263014780", echo); got != "5c45ff5e21c57e6ad56bac8758b79b1d9ac89fd3" {
		t.Errorf("H2 signature: %s", got)
	}
	if plain, err := box.Decrypt(echo); err != nil || string(plain) != "1616140317555161061" {
		t.Errorf("H2: %s %v", plain, err)
	}
	if got := Signature("QDG6eK", "1409659813", "1372623149", h3Encrypt); got != "477715d11cdb4164915debcba66cb864d751f3e6" {
		t.Errorf("H3 signature: %s", got)
	}
	plain, err = box.Decrypt(h3Encrypt)
	if err != nil || !strings.Contains(string(plain), "<Content><![CDATA[hello]]></Content>") || !strings.Contains(string(plain), "4561255354251345929") || !strings.Contains(string(plain), "<AgentID>218</AgentID>") {
		t.Errorf("H3: %s %v", plain, err)
	}
}

func TestRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		msg := rapid.SliceOfN(rapid.Byte(), 0, 300).Draw(t, "msg")
		box, err := NewCipher(h4Key, rapid.StringMatching(`wx[0-9a-f]{1,20}`).Draw(t, "appid"))
		if err != nil {
			t.Fatal(err)
		}
		sealed, err := box.Encrypt(rand.Reader, msg)
		if err != nil {
			t.Fatal(err)
		}
		if plain, err := box.Decrypt(sealed); err != nil || !bytes.Equal(plain, msg) {
			t.Fatalf("%q %v", plain, err)
		}
	})
}

func TestOtherAppIDAndKeyAreRefused(t *testing.T) {
	box, _ := NewCipher(h4Key, "wxother")
	if _, err := box.Decrypt(h4Encrypt); !errors.Is(err, ErrAppID) {
		t.Errorf("other appid: %v", err)
	}
	if _, err := NewCipher(h4Key[1:], "wx"); !errors.Is(err, ErrKey) {
		t.Errorf("short key: %v", err)
	}
}

func FuzzDecrypt(f *testing.F) {
	f.Add(h4Encrypt)
	f.Add("AAAA")
	box, err := NewCipher(h4Key, "wx2c2769f8efd9abc2")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if plain, err := box.Decrypt(text); err != nil && plain != nil {
			t.Fatal("an error came with a message")
		}
	})
}

package paycrypt

import (
	"crypto/rand"
	"errors"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestSignedTexts(t *testing.T) {
	if got := string(RequestMessage("GET", "/v3/certificates", "1554208460", "593BEC0C930BF1AFEB40B4A08C8FB242", nil)); got != "GET\n/v3/certificates\n1554208460\n593BEC0C930BF1AFEB40B4A08C8FB242\n\n" {
		t.Errorf("request: %q", got)
	}
	if got := string(ResponseMessage("1", "n", nil)); got != "1\nn\n\n" {
		t.Errorf("answer without body: %q", got)
	}
	if got := string(PayMessage("wx", "1", "n", "prepay_id=p")); got != "wx\n1\nn\nprepay_id=p\n" {
		t.Errorf("paySign: %q", got)
	}
	if plain, err := Open("testAPIv3Key0000", "wCq51qZv4Yfg", "Dl56FrqWQJF1t9LtC3vEUsniZKvbqdR8", "FsdXzxryWfKwvLJKf8LG/ToRPTRh8RN9wROC"); err != nil || string(plain) != "Hello World" {
		t.Errorf("H7: %s %v", plain, err)
	}
}

func TestKeysAndCertificates(t *testing.T) {
	key, text, err := GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	cert, serial, err := Certificate(rand.Reader, key, "1900000001", "茶", time.Now())
	if err != nil || len(serial) != 40 {
		t.Fatalf("%s %v", serial, err)
	}
	public, read, err := ParsePublicKey(cert)
	if err != nil || read != serial {
		t.Fatalf("the certificate says %s, want %s: %v", read, serial, err)
	}
	again, err := ParsePrivateKey(text)
	if err != nil || !again.Equal(key) {
		t.Fatal(err)
	}
	signature, err := Sign(again, []byte("text"))
	if err != nil || Verify(public, []byte("text"), signature) != nil || Verify(public, []byte("texT"), signature) == nil {
		t.Fatal("sign and verify do not fit")
	}
	for _, wrong := range []string{"", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"} {
		if _, _, err := ParsePublicKey(wrong); err == nil {
			t.Errorf("read a key from %q", wrong)
		}
		if _, err := ParsePrivateKey(wrong); err == nil {
			t.Errorf("read a private key from %q", wrong)
		}
	}
}

func TestSealOpens(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		key := rapid.StringMatching(`[a-z0-9]{32}`).Draw(t, "key")
		plain := rapid.SliceOf(rapid.Byte()).Draw(t, "plain")
		sealed, err := Seal(key, "123456789012", "aad", plain)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := Open(key, "123456789012", "aad", sealed); err != nil || string(got) != string(plain) {
			t.Fatalf("%q %v", got, err)
		}
		if _, err := Open(key, "123456789012", "AAD", sealed); err == nil {
			t.Fatal("other associated data opened it")
		}
	})
}

func FuzzAuthorization(f *testing.F) {
	good := Scheme + ` mchid="1",nonce_str="n",signature="c2ln",timestamp="1",serial_no="AB"`
	f.Add(good)
	f.Add(Scheme + ` mchid="1"`)
	f.Add("Basic x")
	f.Fuzz(func(t *testing.T, header string) {
		a, err := ParseAuthorization(header)
		if err != nil {
			if !errors.Is(err, ErrAuthorization) {
				t.Fatalf("unnamed error %v", err)
			}
			return
		}
		if a.MchID == "" || a.SerialNo == "" || a.Nonce == "" || a.Timestamp == "" || a.Signature == "" || !strings.HasPrefix(header, Scheme) {
			t.Fatalf("let through %q as %+v", header, a)
		}
	})
}

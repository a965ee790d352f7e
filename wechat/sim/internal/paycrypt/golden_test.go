package paycrypt

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"
)

// Vectors H8 to H11 of the protocol reference, and the official library's whole notice. The client's signing code
// (wechat/pay) has its own copy of them: what both sides agree on is judged by a third.
func TestGoldenSignatures(t *testing.T) {
	key, err := ParsePrivateKey(strings.ReplaceAll(goldenKey, "TESTING KEY", "PRIVATE KEY"))
	if err != nil {
		t.Fatal(err)
	}
	public, serial, err := ParsePublicKey(goldenCertificate)
	if err != nil || serial != goldenSerial {
		t.Fatalf("the certificate's serial is %s, want %s: %v", serial, goldenSerial, err)
	}
	const nonce, at, appID, prepay = "593BEC0C930BF1AFEB40B4A08C8FB242", "1554208460", "wx2421b1c4370ec43b", "wx201410272009395522657a690389285100"
	for _, v := range []struct {
		name    string
		message []byte
		want    string
	}{
		{"H8", []byte("source"), goldenSignature},
		{"H9", PayMessage(appID, at, nonce, "prepay_id="+prepay), goldenJSAPISign},
		{"H10", PayMessage(appID, at, nonce, prepay), goldenAppSign},
		{"H11", RequestMessage("GET", "/v3/certificates", at, nonce, nil), goldenRequestSign},
	} {
		if got, err := Sign(key, v.message); err != nil || got != v.want {
			t.Errorf("%s: signed %s, %v", v.name, got, err)
		}
		if err := Verify(&key.PublicKey, v.message, v.want); err != nil {
			t.Errorf("%s does not verify: %v", v.name, err)
		}
		if Verify(&key.PublicKey, append(v.message, ' '), v.want) == nil {
			t.Errorf("%s verifies another text", v.name)
		}
	}
	if err := Verify(public, []byte("source"), goldenSignature); err != nil {
		t.Errorf("H8 with the certificate: %v", err)
	}
}

func TestGoldenNotice(t *testing.T) {
	public, serial, err := ParsePublicKey(noticeCertificate)
	if err != nil || serial != noticeSerial {
		t.Fatalf("the certificate's serial is %s: %v", serial, err)
	}
	if err := Verify(public, ResponseMessage(strconv.Itoa(noticeTime), noticeNonce, []byte(noticeBody)), noticeSignature); err != nil {
		t.Errorf("the notice does not verify: %v", err)
	}
	if Verify(public, ResponseMessage(strconv.Itoa(noticeTime), noticeNonce, []byte(strings.Replace(noticeBody, "EV", "VE", 1)+" ")), noticeSignature) == nil {
		t.Error("a changed notice verifies")
	}
	var notice struct {
		Resource struct {
			Nonce, Ciphertext string
			AssociatedData    string `json:"associated_data"`
		}
	}
	if err := json.Unmarshal([]byte(noticeBody), &notice); err != nil {
		t.Fatal(err)
	}
	r := notice.Resource
	if plain, err := Open(noticeAPIKey, r.Nonce, r.AssociatedData, r.Ciphertext); err != nil || string(plain) != noticePlaintext {
		t.Errorf("the notice holds %s, %v", plain, err)
	}
	if sealed, err := Seal(noticeAPIKey, r.Nonce, r.AssociatedData, []byte(noticePlaintext)); err != nil || sealed != r.Ciphertext {
		t.Errorf("sealed again it is %s, %v", sealed, err)
	}
}

package paycrypt

import (
	"testing"

	"pgregory.net/rapid"
)

// H6 of the protocol reference.
func TestV2Signatures(t *testing.T) {
	params := map[string]string{"appid": "wxd930ea5d5a258f4f", "body": "test", "device_info": "1000", "mch_id": "10000100", "nonce_str": "ibuaiVcKdpRxkhJA", "attach": "", "sign": "old"}
	const key = "192006250b4c09247ec02edce69f6a2d"
	for signType, want := range map[string]string{MD5: "9A0A8659F005D6984697E2CA0A9CF3B7", "": "9A0A8659F005D6984697E2CA0A9CF3B7",
		HMACSHA256: "6A9AE1657590FD6257D693A078E1C3E4BB6BA4DC30B23E0EE2496E54170DACD6"} {
		if got := SignV2(params, key, signType); got != want {
			t.Errorf("%s: %s, want %s", signType, got, want)
		}
	}
	params["sign"] = "9A0A8659F005D6984697E2CA0A9CF3B7"
	if !VerifyV2(params, key, MD5) || VerifyV2(params, key, HMACSHA256) || VerifyV2(params, key+"x", MD5) {
		t.Error("the signature is not judged rightly")
	}
}

func TestV2RefundInfoOpens(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		key, plain := rapid.String().Draw(t, "key"), rapid.SliceOf(rapid.Byte()).Draw(t, "plain")
		sealed, err := SealV2(key, plain)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := OpenV2(key, sealed); err != nil || string(got) != string(plain) {
			t.Fatalf("%q %v", got, err)
		}
	})
	for _, wrong := range []string{"", "AAAA", "%"} {
		if _, err := OpenV2("k", wrong); err == nil {
			t.Errorf("opened %q", wrong)
		}
	}
}

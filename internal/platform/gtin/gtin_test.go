package gtin

import (
	"testing"

	"pgregory.net/rapid"
)

func TestKnownCodes(t *testing.T) {
	// Codes of the GS1 specifications and of everyday goods.
	for _, code := range []string{"96385074", "036000291452", "4006381333931", "6901028075831", "9780306406157", "10614141000415"} {
		if !Valid(code) {
			t.Errorf("%s is a valid GTIN", code)
		}
	}
	for _, code := range []string{"", "4006381333932", "40063813339310", "400638133393", "400638133393a", "00000000", "0000000000000", "６９０１０２８０７５８３１", "123"} {
		if Valid(code) {
			t.Errorf("%q is not a valid GTIN", code)
		}
	}
}

func TestNormalize(t *testing.T) {
	for in, want := range map[string]string{
		"036000291452": "00036000291452", "978-0-306-40615-7": "09780306406157", " 9638 5074 ": "00000096385074", "10614141000415": "10614141000415",
	} {
		if got, ok := Normalize(in); !ok || got != want {
			t.Errorf("Normalize(%q) = %q, %v; want %q", in, got, ok, want)
		}
	}
	if got, ok := Normalize("036000291453"); ok || got != "" {
		t.Errorf("a wrong check digit gives %q, %v", got, ok)
	}
}

func TestCheckDigitRefusesWhatIsNoBody(t *testing.T) {
	for _, body := range []string{"", "12a", "12345678901234"} {
		if _, ok := CheckDigit(body); ok {
			t.Errorf("CheckDigit(%q) must refuse", body)
		}
	}
}

// One wrong digit is always found: that is what the check digit is for.
func TestOneWrongDigitIsFound(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.SampledFrom([]int{7, 11, 12, 13}).Draw(t, "n")
		body := rapid.StringOfN(rapid.RuneFrom([]rune("0123456789")), n, n, n).Draw(t, "body")
		digit, ok := CheckDigit(body)
		if !ok {
			t.Fatalf("digits only must have a check digit: %q", body)
		}
		code := []byte(body + string(digit))
		zero := true
		for _, c := range code {
			zero = zero && c == '0'
		}
		if Valid(string(code)) == zero {
			t.Fatalf("%s: valid = %v", code, !zero)
		}
		at := rapid.IntRange(0, n).Draw(t, "at")
		code[at] = '0' + (code[at]-'0'+byte(rapid.IntRange(1, 9).Draw(t, "by")))%10
		if Valid(string(code)) {
			t.Fatalf("a changed digit passed: %s", code)
		}
	})
}

func FuzzNormalize(f *testing.F) {
	f.Add("4006381333931")
	f.Fuzz(func(t *testing.T, code string) {
		if out, ok := Normalize(code); ok && (len(out) != 14 || !Valid(out)) {
			t.Fatalf("Normalize(%q) = %q", code, out)
		}
	})
}

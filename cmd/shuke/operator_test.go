package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/shuke-commerce/shuke/internal/app"
	"github.com/shuke-commerce/shuke/internal/domain/staff"
)

// typed puts words on standard input for one run of the command.
func typed(t *testing.T, text string, args ...string) error {
	t.Helper()
	file := filepath.Join(t.TempDir(), "in")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	in, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	old := os.Stdin
	os.Stdin = in
	defer func() { os.Stdin = old; _ = in.Close() }()
	return runOperator(context.Background(), args)
}

func TestTheFirstOperatorComesFromTheCommandLine(t *testing.T) {
	t.Setenv("SHUKE_DATA_DIR", t.TempDir())
	t.Setenv("SHUKE_LOG_LEVEL", "error")
	mayLogIn := func(password string) bool {
		t.Helper()
		ok := false
		if err := withHouse(t.Context(), "", func(h *app.House) error {
			_, s, err := h.Onboarding.Login(t.Context(), "market", password)
			ok = err == nil && s.Member.Role == staff.Operator
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		return ok
	}
	for _, wrong := range []struct{ in, want string }{{"", "standard input"}, {"short\n", "staff.invalid"}} {
		if err := typed(t, wrong.in, "--login", "market"); err == nil || !strings.Contains(err.Error(), wrong.want) {
			t.Errorf("password %q: %v", wrong.in, err)
		}
	}
	if err := typed(t, "a-good-password\n"); err == nil {
		t.Error("no login was accepted")
	}
	if err := typed(t, "a-good-password\n", "--login", "market", "--reset"); err == nil {
		t.Error("nobody was given a new password")
	}
	if err := typed(t, "a-good-password\nignored\n", "--login", "market"); err != nil || !mayLogIn("a-good-password") {
		t.Fatalf("made: %v", err)
	}
	if err := typed(t, "another-password\n", "--login", "market"); err == nil || !strings.Contains(err.Error(), "--reset") {
		t.Errorf("twice: %v", err)
	}
	if err := typed(t, "another-password\n", "--login", "market", "--reset"); err != nil || !mayLogIn("another-password") || mayLogIn("a-good-password") {
		t.Errorf("reset: %v", err)
	}
}

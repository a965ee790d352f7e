package main

import (
	"context"
	"strings"
	"testing"
)

func TestWordsTooManyAreRefused(t *testing.T) {
	t.Setenv("SHUKE_DATA_DIR", t.TempDir())
	for _, args := range []string{"serve config.toml", "demo data", "sim 9900", "migrate up", "doctor now", "operator market", "frobnicate"} {
		words := strings.Fields(args)
		err := dispatch(context.Background(), words)
		if err == nil || !strings.Contains(err.Error(), words[len(words)-1]) {
			t.Errorf("%s: %v", args, err)
		}
	}
}

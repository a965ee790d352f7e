package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/shuke-commerce/shuke/internal/platform/config"
)

func load(t *testing.T, file string, env ...string) (config.Config, error) {
	t.Helper()
	path := ""
	if file != "" {
		path = filepath.Join(t.TempDir(), "shuke.toml")
		if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return config.Load(path, env)
}

func TestDefaultsFileEnvironment(t *testing.T) {
	c, err := load(t, "[server]\naddr = '127.0.0.1:1'\nmax_body = 5000\n[order]\npay_within = '10m'\n", "SHUKE_SERVER_ADDR=127.0.0.1:2", "PATH=/bin")
	if err != nil {
		t.Fatal(err)
	}
	if c.Server.Addr != "127.0.0.1:2" || c.Server.MaxBody != 5000 || c.Order.PayWithin != 10*time.Minute || c.Order.ReceiveWithin != 240*time.Hour {
		t.Errorf("%+v", c)
	}
	if c.DatabaseURL() != filepath.Join("data", "shuke.db") || c.BaseURL() != "http://127.0.0.1:2" {
		t.Errorf("%s %s", c.DatabaseURL(), c.BaseURL())
	}
}

func TestWrongKeysAndValuesAreNamed(t *testing.T) {
	for name, tc := range map[string]struct {
		file string
		env  []string
		want []string
	}{
		"unknown key in a file":     {file: "[server]\nadr = 'x'\n", want: []string{`"server.adr"`, `did you mean "server.addr"`}},
		"unknown section":           {file: "[shop]\nx = 1\n", want: []string{`"shop.x"`}},
		"key outside a section":     {file: "addr = 'x'\n", want: []string{`"addr" is not a section`}},
		"unknown variable":          {env: []string{"SHUKE_SERVER_PUBLICURL=x"}, want: []string{"SHUKE_SERVER_PUBLICURL", "server.public_url"}},
		"duration":                  {env: []string{"SHUKE_ORDER_PAY_WITHIN=soon"}, want: []string{"order.pay_within", "SHUKE_ORDER_PAY_WITHIN", "soon"}},
		"number":                    {env: []string{"SHUKE_SERVER_MAX_BODY=-1"}, want: []string{"server.max_body"}},
		"boolean":                   {env: []string{"SHUKE_FETCH_ALLOW_PRIVATE=perhaps"}, want: []string{"fetch.allow_private"}},
		"choice":                    {env: []string{"SHUKE_LOG_LEVEL=loud"}, want: []string{"log.level", "debug"}},
		"address":                   {env: []string{"SHUKE_PAY_BASE_URL=ftp://x/"}, want: []string{"pay.base_url"}},
		"key length":                {env: []string{"SHUKE_PAY_APIV3_KEY=short"}, want: []string{"pay.apiv3_key", "32"}},
		"another database":          {env: []string{"SHUKE_DATABASE_URL=mysql://root:pw@localhost/x"}, want: []string{"database.url", "mysql", "postgres://"}},
		"control beside a file":     {env: []string{"SHUKE_DATABASE_CONTROL_URL=postgres://c/x"}, want: []string{"database.control_url"}},
		"no room for a body":        {env: []string{"SHUKE_SERVER_MAX_BODY=0"}, want: []string{"server.max_body", "1024"}},
		"half an account":           {env: []string{"SHUKE_OFFICIAL_APP_ID=wx1"}, want: []string{"official.secret", "official.aes_key"}},
		"half a merchant":           {env: []string{"SHUKE_PAY_MCH_ID=1900000001", "SHUKE_PAY_PUBLIC_KEY_ID=PUB"}, want: []string{"official.app_id", "pay.serial_no", "pay.private_key_file", "pay.apiv3_key", "pay.public_key_file"}},
		"broken file":               {file: "[server\n", want: []string{"config file"}},
		"several problems together": {env: []string{"SHUKE_LOG_LEVEL=x", "SHUKE_LOG_FORMAT=y"}, want: []string{"log.level", "log.format"}},
	} {
		_, err := load(t, tc.file, tc.env...)
		if err == nil {
			t.Errorf("%s: accepted", name)
			continue
		}
		for _, w := range tc.want {
			if !strings.Contains(err.Error(), w) {
				t.Errorf("%s: %q does not name %s", name, err, w)
			}
		}
		if strings.Contains(err.Error(), "short") && name == "key length" {
			t.Errorf("the error shows a secret: %v", err)
		}
	}
	if _, err := config.Load(filepath.Join(t.TempDir(), "none.toml"), nil); err == nil {
		t.Error("a missing file was accepted")
	}
}

func TestEveryKeyIsDocumented(t *testing.T) {
	help := config.Help()
	for _, k := range config.Keys() {
		if k.Doc == "" || !strings.Contains(help, k.Name) || !strings.Contains(help, k.Env) {
			t.Errorf("%s is not documented", k.Name)
		}
	}
}

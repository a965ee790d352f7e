// Package config is the one configuration of the house: a TOML file and the
// environment, every key with its default and its meaning in one struct. A key
// that does not exist is refused by name, and so is a value that cannot be read.
package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"reflect"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"
)

// Config is everything a Shuke process can be told. Keys in a file are
// section.name; in the environment SHUKE_SECTION_NAME.
type Config struct {
	Server   Server   `key:"server"`
	Database Database `key:"database"`
	Data     Data     `key:"data"`
	Log      Log      `key:"log"`
	Market   Market   `key:"market"`
	Order    Order    `key:"order"`
	Official Official `key:"official"`
	Pay      Pay      `key:"pay"`
	Alipay   Alipay   `key:"alipay"`
	Carrier  Carrier  `key:"carrier"`
	Fetch    Fetch    `key:"fetch"`
	Sim      Sim      `key:"sim"`
}

// Server is how people and WeChat reach the process.
type Server struct {
	Addr          string        `key:"addr" default:"127.0.0.1:8080" doc:"address to listen on"`
	PublicURL     string        `key:"public_url" default:"" doc:"address buyers and WeChat use, e.g. https://market.example.com; empty: http:// and addr"`
	ConsoleURL    string        `key:"console_url" default:"" doc:"address of the console when it has its own host; empty: public_url"`
	TrustProxy    bool          `key:"trust_proxy" default:"false" doc:"take the client's address from X-Forwarded-For (only behind your own proxy)"`
	MaxBody       int64         `key:"max_body" default:"1048576" doc:"bytes of a request body; uploads have their own limits"`
	ShutdownGrace time.Duration `key:"shutdown_grace" default:"15s" doc:"time that requests under way get to finish"`
}

// Database is where rows live.
type Database struct {
	URL         string `key:"url" default:"" secret:"true" doc:"postgres://… ; empty: SQLite file shuke.db in data.dir. On a cluster any node, or several: postgres://a,b/shuke"`
	ControlURL  string `key:"control_url" default:"" secret:"true" doc:"on a PostgreSQL cluster its coordinator: migrations, jobs, leases, the search index; empty: url"`
	Connections int    `key:"connections" default:"0" doc:"PostgreSQL connections or SQLite readers; 0: a default for the machine"`
	AutoMigrate bool   `key:"auto_migrate" default:"true" doc:"apply missing migrations at start"`
}

// Data is where files live.
type Data struct {
	Dir string `key:"dir" default:"./data" doc:"folder of the embedded database, pictures and uploads"`
}

// Log is what is written about the work.
type Log struct {
	Level  string `key:"level" default:"info" doc:"debug, info, warn or error"`
	Format string `key:"format" default:"json" doc:"json or text"`
}

// Market is the market as a whole.
type Market struct {
	Name     string `key:"name" default:"熟客集市" doc:"name shown to buyers"`
	NameEn   string `key:"name_en" default:"Shuke Market" doc:"English name"`
	FeeBps   int64  `key:"fee_bps" default:"0" doc:"market fee on received orders, in basis points (100 = 1 %)"`
	Welcome  string `key:"welcome" default:"" doc:"message to new followers; empty: the built-in one"`
	HelpText string `key:"help" default:"" doc:"message of the help menu; empty: the built-in one"`
}

// Order is the times of an order's life.
type Order struct {
	PayWithin     time.Duration `key:"pay_within" default:"30m" doc:"an unpaid order closes after this"`
	ReceiveWithin time.Duration `key:"receive_within" default:"240h" doc:"a shipped order counts as received after this"`
}

// Official is the market's service account (服务号).
type Official struct {
	AppID          string `key:"app_id" default:"" doc:"appid of the service account"`
	Secret         string `key:"secret" default:"" secret:"true" doc:"AppSecret"`
	Token          string `key:"token" default:"" secret:"true" doc:"Token of the server settings"`
	EncodingAESKey string `key:"aes_key" default:"" secret:"true" doc:"EncodingAESKey of the server settings (43 characters)"`
	Mode           string `key:"mode" default:"safe" doc:"plain, compatible or safe"`
	BaseURL        string `key:"base_url" default:"https://api.weixin.qq.com" doc:"address of the account API"`
	OpenURL        string `key:"open_url" default:"https://open.weixin.qq.com" doc:"address of the OAuth pages"`
	MPURL          string `key:"mp_url" default:"https://mp.weixin.qq.com" doc:"address of QR images"`
	TemplatePaid   string `key:"template_paid" default:"" doc:"template id of the 'order paid' message; empty: a customer-service message is tried"`
	TemplateShip   string `key:"template_shipped" default:"" doc:"template id of the 'order shipped' message"`
	TemplateRefund string `key:"template_refund" default:"" doc:"template id of the 'refund' message"`
}

// Pay is the market's WeChat Pay merchant.
type Pay struct {
	MchID          string `key:"mch_id" default:"" doc:"merchant number; with pay.partner the service provider's"`
	Partner        bool   `key:"partner" default:"false" doc:"service provider (服务商): shops receive by their sub-merchants, which the operator sets; combined payments of several shops work, too"`
	SerialNo       string `key:"serial_no" default:"" doc:"serial number of the merchant API certificate"`
	PrivateKeyFile string `key:"private_key_file" default:"" doc:"PEM file of the merchant private key"`
	APIv3Key       string `key:"apiv3_key" default:"" secret:"true" doc:"APIv3 key (32 characters)"`
	PublicKeyID    string `key:"public_key_id" default:"" doc:"PUB_KEY_ID_… of WeChat Pay's public key; empty: platform certificates are fetched"`
	PublicKeyFile  string `key:"public_key_file" default:"" doc:"PEM file of WeChat Pay's public key"`
	BaseURL        string `key:"base_url" default:"https://api.mch.weixin.qq.com" doc:"address of the payment API"`
	FeeBps         int64  `key:"fee_bps" default:"60" doc:"WeChat Pay's contracted fee in basis points (60 is 0.60 %), compared with its bills; 0: not compared"`
	NotifyURL      string `key:"notify_url" default:"" doc:"base address of payment notices; empty: server.public_url"`
}

// Alipay is the second way to pay, for buyers outside WeChat.
type Alipay struct {
	AppID          string `key:"app_id" default:"" doc:"application at Alipay; empty: Alipay is not offered"`
	PrivateKeyFile string `key:"private_key_file" default:"" doc:"file of the application's private key (PKCS#1 or PKCS#8; PEM or bare base64)"`
	PublicKeyFile  string `key:"public_key_file" default:"" doc:"file of Alipay's public key (not the application's)"`
	BaseURL        string `key:"base_url" default:"https://openapi.alipay.com/gateway.do" doc:"address of the gateway"`
}

// Carrier is the parcel tracking service (快递100).
type Carrier struct {
	Customer  string        `key:"customer" default:"" doc:"customer number at kuaidi100; empty: tracks come from staff only"`
	Key       string        `key:"key" default:"" secret:"true" doc:"key at kuaidi100"`
	BaseURL   string        `key:"base_url" default:"https://poll.kuaidi100.com" doc:"address of kuaidi100"`
	PollEvery time.Duration `key:"poll_every" default:"30m" doc:"how often a parcel under way is asked about at first"`
}

// Fetch limits outgoing requests for pictures.
type Fetch struct {
	AllowPrivate bool `key:"allow_private" default:"false" doc:"let picture fetches reach private and loopback addresses"`
}

// Sim is the pocket WeChat of 'shuke sim' and 'shuke demo'.
type Sim struct {
	Addr string `key:"addr" default:"127.0.0.1:9900" doc:"address of the pocket WeChat"`
}

// Key describes one setting.
type Key struct {
	Name, Env, Default, Doc string
	Secret                  bool
}

// Keys lists every setting in the order of the struct.
func Keys() []Key {
	var out []Key
	walk(reflect.ValueOf(&Config{}).Elem(), func(name string, f reflect.StructField, _ reflect.Value) {
		out = append(out, Key{Name: name, Env: env(name), Default: f.Tag.Get("default"), Doc: f.Tag.Get("doc"), Secret: f.Tag.Get("secret") == "true"})
	})
	return out
}

func env(name string) string {
	return "SHUKE_" + strings.ToUpper(strings.ReplaceAll(name, ".", "_"))
}

func walk(root reflect.Value, fn func(name string, f reflect.StructField, v reflect.Value)) {
	for i := range root.NumField() {
		section := root.Type().Field(i)
		for j := range root.Field(i).NumField() {
			f := section.Type.Field(j)
			fn(section.Tag.Get("key")+"."+f.Tag.Get("key"), f, root.Field(i).Field(j))
		}
	}
}

// Load reads defaults, then the file (if path is not empty), then the
// environment (entries KEY=value). All problems are reported together.
func Load(path string, environ []string) (Config, error) {
	var c Config
	values := map[string]string{}
	from := map[string]string{}
	var problems []error
	if path != "" {
		problems = append(problems, readFile(path, values, from)...)
	}
	problems = append(problems, readEnv(environ, values, from)...)
	walk(reflect.ValueOf(&c).Elem(), func(name string, f reflect.StructField, v reflect.Value) {
		text, ok := values[name]
		if !ok {
			text = f.Tag.Get("default")
		}
		if err := set(v, text); err != nil {
			problems = append(problems, fmt.Errorf("%s (from %s): %w", name, from[name], err))
		}
	})
	problems = append(problems, c.check()...)
	return c, errors.Join(problems...)
}

func known() map[string]bool {
	out := map[string]bool{}
	for _, k := range Keys() {
		out[k.Name] = true
	}
	return out
}

func readFile(path string, values, from map[string]string) []error {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return []error{fmt.Errorf("config file %s does not exist", path)}
	} else if err != nil {
		return []error{err}
	}
	var doc map[string]any
	if err := toml.Unmarshal(text, &doc); err != nil {
		return []error{fmt.Errorf("config file %s: %w", path, err)}
	}
	names := known()
	var problems []error
	for section, v := range doc {
		table, ok := v.(map[string]any)
		if !ok {
			problems = append(problems, fmt.Errorf("config file %s: %q is not a section; write [section] and key = value", path, section))
			continue
		}
		for key, v := range table {
			name := section + "." + key
			if !names[name] {
				problems = append(problems, unknown(name, "config file "+path, names))
				continue
			}
			values[name], from[name] = fmt.Sprint(v), path
		}
	}
	return problems
}

func readEnv(environ []string, values, from map[string]string) []error {
	byEnv := map[string]string{}
	for _, k := range Keys() {
		byEnv[k.Env] = k.Name
	}
	names := known()
	var problems []error
	for _, e := range environ {
		key, v, _ := strings.Cut(e, "=")
		if !strings.HasPrefix(key, "SHUKE_") || strings.HasPrefix(key, "SHUKE_TEST_") || reserved[key] {
			continue
		}
		name, ok := byEnv[key]
		if !ok {
			problems = append(problems, unknown(key, "the environment", names))
			continue
		}
		values[name], from[name] = v, key
	}
	return problems
}

// reserved are variables that are not settings.
var reserved = map[string]bool{"SHUKE_CONFIG": true, "SHUKE_SHARED_DATA": true}

func unknown(name, where string, names map[string]bool) error {
	msg := fmt.Sprintf("%s: unknown key %q", where, name)
	if near := nearest(strings.ToLower(strings.TrimPrefix(name, "SHUKE_")), names); near != "" {
		msg += fmt.Sprintf(" (did you mean %q?)", near)
	}
	return errors.New(msg)
}

// nearest finds the known key with the fewest edits, if they are few.
func nearest(name string, names map[string]bool) string {
	name = strings.ReplaceAll(name, ".", "_")
	best, at := 4, ""
	keys := make([]string, 0, len(names))
	for k := range names {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	for _, k := range keys {
		if d := edits(name, strings.ReplaceAll(k, ".", "_")); d < best {
			best, at = d, k
		}
	}
	return at
}

func edits(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		prev := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := prev
			if a[i] != b[j] {
				cost++
			}
			prev = row[j+1]
			row[j+1] = min(cost, row[j]+1, prev+1)
		}
	}
	return row[len(b)]
}

func set(v reflect.Value, text string) error {
	switch v.Interface().(type) {
	case time.Duration:
		d, err := time.ParseDuration(text)
		if err != nil || d <= 0 {
			return fmt.Errorf("%q is not a positive duration like 30m or 12h", text)
		}
		v.SetInt(int64(d))
		return nil
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Bool:
		b, err := strconv.ParseBool(text)
		if err != nil {
			return fmt.Errorf("%q is not true or false", text)
		}
		v.SetBool(b)
	default:
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil || n < 0 {
			return fmt.Errorf("%q is not a whole number from 0", text)
		}
		v.SetInt(n)
	}
	return nil
}

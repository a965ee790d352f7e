package feed

import (
	"math/big"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// spoilable are good files of every format, to be damaged.
var spoilable = []struct {
	text string
	opts Options
}{
	{newShopify + "壶,zisha,<p>x</p>,熟客,Home > Tea,壶,茶,TRUE,active,ZS,6901028075831,容量,200ml,,199.00,259,80.5,12,450,g,https://p.cn/2.jpg,2,正面,,FALSE\n,zisha,,,,,,,,ZS-2,,,300ml,,229,,,0,520,g,,,,,\n", Options{}},
	{wooHead + wooRow(row{"ID": "4", "Type": "variable", "Name": "V", "Attribute 1 name": "色", "Attribute 1 value(s)": "红, 绿"}) +
		wooRow(row{"Type": "variation", "Parent": "id:4", "Regular price": "1", "Attribute 1 name": "色"}), Options{}},
	{taobaoFile("\n", taobaoTee()), Options{}},
	{"category,name,sku,price,qty,material\n\"Gear\nBags\",包,24-X,34,100,Nylon\n", Options{}},
	{medusaHead + "prod_1,tee,T,published,a,t.png,,,,300,v,T-S,,,尺码,S,59,9.99,\n", Options{Currency: "USD", Rate: big.NewRat(7, 1)}},
	{strings.Join(shukeHeader, ",") + "\r\nr,t,,,A>B,,x|y,draft,色,红,,,,,,,,,'007,,1.00,,,,,,https://p.cn/1.jpg,,n=v,<p>\r\n", Options{}},
}

// Damaged files of every format are read or refused, never worse: the same checks as the fuzz tests, on every run of the tests.
func TestSpoiledFiles(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		good := rapid.SampledFrom(spoilable).Draw(rt, "file")
		b := []byte(good.text)
		for range rapid.IntRange(1, 8).Draw(rt, "edits") {
			at := rapid.IntRange(0, len(b)).Draw(rt, "at")
			to := min(len(b), at+rapid.IntRange(0, 12).Draw(rt, "length"))
			switch rapid.IntRange(0, 3).Draw(rt, "edit") {
			case 0:
				b = slices.Delete(b, at, to)
			case 1:
				b = slices.Insert(b, at, slices.Clone(b[at:to])...)
			case 2:
				b = slices.Insert(b, at, []byte(rapid.SampledFrom([]string{"\"", "\n", ",", "\t", ";", ":", "\x00", "\xff", "茶", "-", "1e9", "\r\n", "|", "\\", "id:4"}).Draw(rt, "text"))...)
			case 3:
				b = slices.Insert(b, rapid.IntRange(0, len(b)).Draw(rt, "there"), slices.Clone(b[at:min(len(b), at+200)])...)
			}
		}
		fuzzRead(rt, b, good.opts)
	})
}

package feed

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"
)

var taobaoHead = strings.Split("title cid seller_cids stuff_status location_state price num post_fee approve_status description cateProps picture skuProps inputPids inputValues outer_id propAlias num_id item_weight wireless_desc barcode sku_barcode subtitle input_custom_cpv", " ")

// taobaoFile writes the three head lines and rows given by column; cells are quoted as 淘宝助理 does.
func taobaoFile(end string, rows ...map[string]string) string {
	out := "version 1.00" + end + strings.Join(taobaoHead, "\t") + end + strings.Repeat("中文\t", len(taobaoHead)-1) + "中文" + end
	for _, r := range rows {
		line := make([]string, len(taobaoHead))
		for i, h := range taobaoHead {
			if v, there := r[h]; there {
				line[i] = `"` + strings.ReplaceAll(v, `"`, `""`) + `"`
			}
		}
		out += strings.Join(line, "\t") + end
	}
	return out
}

func taobaoTee() map[string]string {
	return map[string]string{
		"title": "纯棉 T 恤", "cid": "50000436", "price": "59.00", "num": "30", "post_fee": "7.09434e-39", "approve_status": "1", "num_id": "520000000001",
		"description": "<p class=\"a\">第一行\r\n第二行</p>", "outer_id": "TEE", "item_weight": "0.3", "subtitle": "透气",
		"skuProps":         "59:10:TEE-R:1627207:-1001;20509:28314;59.5:0::1627207:28341;20509:28314;60:20:TEE:X:1627207:77;20509:28315;",
		"input_custom_cpv": "1627207:-1001:珊瑚:红;", "propAlias": "20509:28314:S 码;",
		"picture":   "aaa:1:1:|https://img.cn/b.jpg;bbb:1:0:|;ccc:2:0:1627207:28341|https://img.cn/black.jpg;",
		"inputPids": "20000,13021751", "inputValues": "熟客;系列;春,货号1", "sku_barcode": "6901028075831;;123;",
	}
}

func TestTaobaoItem(t *testing.T) {
	text := taobaoFile("\n", taobaoTee())
	for name, raw := range map[string]string{
		"utf-8": text, "utf-8 mark": "\uFEFF" + text, "crlf": taobaoFile("\r\n", taobaoTee()),
		"utf-16le": "\xff\xfe" + string(utf16Bytes(binary.LittleEndian, text)), "utf-16be": "\xfe\xff" + string(utf16Bytes(binary.BigEndian, text)), "gbk": string(gbk(t, text)),
	} {
		t.Run(name, func(t *testing.T) {
			items := read(t, raw, Options{})
			wantProblems(t, items, "gtin_wrong@5:22", "taobao_value@5:13")
			p := items[0]
			if p.Row != 4 || p.Ref != "520000000001" || p.Title != "纯棉 T 恤" || p.Subtitle != "透气" || p.Brand != "熟客" || p.State != Unlisted || p.CategoryCode != "taobao:50000436" || p.Description != "<p class=\"a\">第一行\r\n第二行</p>" {
				t.Errorf("%+v", p)
			}
			if fmt.Sprint(p.Options) != "[{颜色分类 [珊瑚:红 黑色 颜色分类77]} {尺码 [S 码 M]}]" {
				t.Errorf("%v", p.Options)
			}
			if fmt.Sprint(p.Pictures) != "[{ bbb.tbi } {https://img.cn/b.jpg  }]" {
				t.Errorf("%v", p.Pictures)
			}
			a, b, c := p.SKUs[0], p.SKUs[1], p.SKUs[2]
			if a.Code != "TEE-R" || a.Price != 5900 || *a.Stock != 10 || a.GTIN != "6901028075831" || a.WeightGrams != 300 || !a.Picture.IsZero() {
				t.Errorf("%+v", a)
			}
			if b.Code != "" || b.Price != 5950 || *b.Stock != 0 || b.Picture.URL != "https://img.cn/black.jpg" || c.Code != "TEE:X" || c.GTIN != "" {
				t.Errorf("%+v %+v", b, c)
			}
		})
	}
}

// Files of other tools quote without doubling, leave the version or the caption line out, and have fewer columns.
func TestTaobaoVariants(t *testing.T) {
	head := "title\tcid\tprice\tnum\tdescription\touter_id\tnum_id\n"
	one := "\"壶\"\t1\t9.9\t3\t\"<h3 style=\"x:y\">\n<img alt=\"\" src=\"u\">\"\tC\t0\n"
	for name, text := range map[string]string{
		"no version, no captions": head + one, "captions damaged": "version 1.00\n" + head + "??\t??\t??\t??\t??\t??\t??\n" + one, "version, no captions": "version 1.00\n" + head + one,
	} {
		items := read(t, text, Options{})
		wantProblems(t, items)
		if p := items[0]; p.Description != "<h3 style=\"x:y\">\n<img alt=\"\" src=\"u\">" || p.Ref != "C" || p.SKUs[0].Price != 990 || *p.SKUs[0].Stock != 3 || p.SKUs[0].Code != "C" {
			t.Errorf("%s: %+v", name, p)
		}
	}
}

func TestTaobaoProblems(t *testing.T) {
	for name, c := range map[string]struct {
		column, value string
		want          []string
	}{
		"sku string":        {"skuProps", "59:10:x:1627207;", []string{"taobao_sku_format@5:13"}},
		"sku starts badly":  {"skuProps", "20509:28314;", []string{"taobao_sku_format@5:13"}},
		"sku price":         {"skuProps", "free:10::1627207:28341;", []string{"price_format@5:13"}},
		"sku price missing": {"skuProps", ":10::1627207:28341;", []string{"price_missing@5:13"}},
		"float price":       {"skuProps", "2.95e+001:1e1::1627207:28341;", nil},
		"other axis":        {"skuProps", "5:1::1627207:28341;5:1::20509:28314;", []string{"taobao_axis@5:13", "option_value_missing@5:13"}},
		"same twice":        {"skuProps", "5:1::1627207:28341;5:1::1627207:28341;", []string{"combination_repeated@5:13"}},
		"unknown property":  {"skuProps", "5:1::99:28341;", []string{"taobao_prop@5:13"}},
		"stock":             {"skuProps", "5:many::1627207:28341;", []string{"stock_format@5:13"}},
		"barcodes":          {"sku_barcode", "1;2;3;4", []string{"taobao_barcodes@5:22"}},
		"picture":           {"picture", "junk;", []string{"taobao_picture@5:12"}},
		"title":             {"title", " ", []string{"title_missing@4:1"}},
		"weight":            {"item_weight", "7.09434e-39", nil},
	} {
		t.Run(name, func(t *testing.T) {
			r := taobaoTee()
			r["skuProps"], r["sku_barcode"] = "59:10::1627207:28341;", ""
			r[c.column] = c.value
			wantProblems(t, read(t, taobaoFile("\n", r), Options{}), c.want...)
		})
	}
	items := read(t, taobaoFile("\n", taobaoTee(), taobaoTee()), Options{})
	if len(items) != 2 || !slices.ContainsFunc(items[1].problems, func(p Problem) bool { return p.Code == "ref_repeated" }) {
		t.Errorf("the same num_id twice: %v", items)
	}
}

func FuzzSKUProps(f *testing.F) {
	f.Add("59:10:TEE-R:1627207:-1001;20509:28314;59.5:0::1627207:28341;")
	f.Fuzz(func(t *testing.T, s string) {
		entries, wrong := parseSKUProps(s)
		for _, e := range entries {
			if len(e.pairs) == 0 {
				t.Fatalf("a SKU without a property in %q", s)
			}
		}
		if wrong != "" && len(entries) > 0 {
			t.Fatalf("both an answer and a refusal for %q", s)
		}
	})
}

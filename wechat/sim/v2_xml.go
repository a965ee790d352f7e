package sim

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

const maxV2Params = 100

// pair is one element of a v2 document; the order of elements is kept.
type pair struct{ name, value string }

// parseV2 reads a flat <xml> document: elements with text, nothing inside them, none twice.
func parseV2(body []byte) (map[string]string, error) {
	if !utf8.Valid(body) {
		return nil, errors.New("not UTF-8")
	}
	dec := xml.NewDecoder(bytes.NewReader(body))
	params, depth, name := map[string]string{}, 0, ""
	var text strings.Builder
	for {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		switch t := token.(type) {
		case xml.Directive:
			return nil, errors.New("document types and entities are not taken")
		case xml.StartElement:
			if depth++; depth > 2 || depth == 1 && len(params) > 0 {
				return nil, fmt.Errorf("element %s has no place here", t.Name.Local)
			}
			name = t.Name.Local
			text.Reset()
		case xml.CharData:
			text.Write(t)
		case xml.EndElement:
			if depth--; depth == 1 {
				if _, twice := params[name]; twice || len(params) >= maxV2Params {
					return nil, fmt.Errorf("element %s stands twice, or there are too many", name)
				}
				params[name] = strings.TrimSpace(text.String())
			}
		}
	}
	if len(params) == 0 {
		return nil, errors.New("no element was found")
	}
	return params, nil
}

// writeV2 is the document as WeChat writes it: every value in CDATA, empty ones left out.
func writeV2(pairs []pair) []byte {
	var b bytes.Buffer
	b.WriteString("<xml>")
	for _, p := range pairs {
		if p.value != "" {
			b.WriteString("<" + p.name + "><![CDATA[" + strings.ReplaceAll(p.value, "]]>", "]]]]><![CDATA[>") + "]]></" + p.name + ">")
		}
	}
	b.WriteString("</xml>")
	return b.Bytes()
}

// paramsOf makes a map of pairs, as signing wants it.
func paramsOf(pairs []pair) map[string]string {
	params := make(map[string]string, len(pairs))
	for _, p := range pairs {
		params[p.name] = p.value
	}
	return params
}

package sim_test

import (
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/shuke-commerce/shuke/wechat/sim"
)

// A service account, a person who follows it, and the developer's server asking who that is.
func Example() {
	s := &sim.Server{}
	if err := s.Start(); err != nil {
		fmt.Println(err)
		return
	}
	defer s.Close()
	account, err := s.AddAccount(sim.Account{Name: "熟客市集"})
	if err != nil {
		fmt.Println(err)
		return
	}
	person, err := s.AddPerson(sim.Person{Name: "林小满", Balance: 50000})
	if err != nil {
		fmt.Println(err)
		return
	}
	if err := s.Follow(person.ID, account.AppID); err != nil {
		fmt.Println(err)
		return
	}
	openID, err := s.OpenID(account.AppID, person.ID)
	if err != nil {
		fmt.Println(err)
		return
	}
	var token struct {
		Value string `json:"access_token"`
	}
	var user struct {
		Subscribe int    `json:"subscribe"`
		Scene     string `json:"subscribe_scene"`
	}
	get(s.URL()+"/cgi-bin/token?grant_type=client_credential&appid="+account.AppID+"&secret="+account.Secret, &token)
	get(s.URL()+"/cgi-bin/user/info?access_token="+token.Value+"&openid="+openID, &user)
	fmt.Println(user.Subscribe, user.Scene)
	// Output: 1 ADD_SCENE_SEARCH
}

func get(address string, v any) {
	resp, err := http.Get(address)
	if err != nil {
		fmt.Println(err)
		return
	}
	defer resp.Body.Close()
	if err := json.NewDecoder(resp.Body).Decode(v); err != nil {
		fmt.Println(err)
	}
}

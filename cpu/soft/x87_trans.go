package soft

var x87TransTable = []row{}
